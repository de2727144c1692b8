// The panel beside the rows that shows the whole of one cell, or its row as a record. While it is open, it follows the cursor.
import { grouped } from "../../count.js";
import { button, element } from "../../element.js";
import { writeText } from "../clipboard.js";
import { tsv } from "../copies.js";
import { hyperlink, target } from "../cell/hyperlink.js";
import { folded } from "../cell/json.js";
import { record } from "./record.js";
import { Problem } from "../rows.js";

// Longer texts take a browser noticeably long to lay out.
const CHARACTERS = 200_000;

export class Side {
  #grid;
  #view;
  #kind = "cell";
  #place;
  #text = "";

  constructor(grid) {
    this.#grid = grid;
  }

  get isOpen() {
    return this.#view !== undefined;
  }

  // `kind` is “cell” or “record”.
  open(kind) {
    this.#kind = kind;
    if (!this.#view) {
      this.#view = this.#make();
      this.#grid.frame.after(this.#view);
      this.#grid.redraw();
    }
    this.#grid.cursor.reveal();
    this.#show();
    this.#view.focus({ preventScroll: true });
  }

  close() {
    const view = this.#view;
    if (!view) {
      return;
    }
    this.#view = this.#place = undefined;
    view.remove();
    if (!this.#grid.signal.aborted) {
      this.#grid.redraw();
      this.#grid.cursor.focus();
    }
  }

  // Shows the cell, or the row, that the cursor has moved to.
  follow() {
    const { row, column } = this.#grid.cursor;
    if (this.#view && row >= 0 && (row !== this.#place?.row || column !== this.#place?.column)) {
      this.#show();
    }
  }

  async #show() {
    const { columns, cursor, layout, rows } = this.#grid;
    const place = { row: cursor.row, column: cursor.column };
    const shown = this.#kind === "record" ? layout.all : [columns[place.column]];
    this.#place = place;
    this.#caption(columns[place.column], place.row);
    try {
      const [texts] = await rows.exact({ top: place.row, bottom: place.row }, shown);
      if (this.#place === place) {
        this.#put(columns[place.column], shown, texts);
      }
    } catch (problem) {
      if (this.#place === place && problem instanceof Problem) {
        this.#fail(problem);
      }
    }
  }

  #fail({ message, isTooLarge }) {
    this.#part("text").replaceChildren();
    this.#part("said").textContent = message;
    const download = isTooLarge && document.querySelector("#download > a");
    if (download) {
      const link = download.cloneNode(true);
      link.prepend("Download ");
      this.#part("said").append(" ", link);
    }
  }

  #caption({ name, type }, row) {
    const isRecord = this.#kind === "record";
    this.#part("name").textContent = isRecord ? `Row ${grouped(row + 1)}` : name;
    this.#part("place").textContent = isRecord ? "" : `${type}, row ${grouped(row + 1)}`;
    this.#part("said").textContent = "";
    this.#part("more").hidden = true;
    this.#view.querySelectorAll("[data-kind]").forEach((choice) => {
      choice.setAttribute("aria-pressed", String(choice.dataset.kind === this.#kind));
    });
  }

  #put(column, shown, texts) {
    this.#part("text").replaceChildren();
    this.#part("text").scrollTop = 0;
    if (this.#kind === "record") {
      this.#text = tsv(shown.map(({ name }, index) => [name, texts[index]]));
      this.#record(record(shown, texts, column));
    } else {
      this.#text = texts[0] ?? "";
      this.#fill(texts[0], column.isJson);
    }
  }

  // With the current cell's column in sight.
  #record(list) {
    const part = this.#part("text");
    part.append(list);
    const { offsetTop, offsetHeight } = list.querySelector("[aria-current]");
    part.scrollTop = offsetTop + offsetHeight - part.clientHeight;
  }

  #fill(text, isJson) {
    if (text === null || text === "") {
      this.#part("said").textContent = text === null ? "This cell is NULL: it has no value." : "This text is empty.";
      return;
    }
    const address = target(text);
    if (address) {
      this.#part("text").append(hyperlink(text, address));
      return;
    }
    const whole = isJson ? folded(text) : text;
    this.#part("text").textContent = whole.slice(0, CHARACTERS);
    if (whole.length > CHARACTERS) {
      const more = this.#part("more");
      more.hidden = false;
      more.textContent = `Show all ${grouped(whole.length)} characters`;
      more.onclick = () => {
        more.hidden = true;
        this.#part("text").textContent = whole;
        this.#part("text").focus();
      };
    }
  }

  async #copy() {
    const isCopied = await writeText(this.#text);
    if (!isCopied) {
      getSelection().selectAllChildren(this.#part("text"));
    }
    this.#part("said").textContent = isCopied ? "Copied." : "Selected: copy it with the keyboard or the menu.";
  }

  #go(rows, columns) {
    const { cursor, body, columns: all } = this.#grid;
    const row = Math.max(0, Math.min(body.count - 1, cursor.row + rows));
    const column = Math.max(0, Math.min(all.length - 1, cursor.column + columns));
    cursor.go(row, column);
    this.#view.focus({ preventScroll: true });
  }

  #keys(event) {
    const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const way = ways[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (way && event.target !== this.#part("text")) {
      event.preventDefault();
      this.#go(...way);
    }
  }

  #part(name) {
    return this.#view.querySelector(`[data-part="${name}"]`);
  }

  #make() {
    const view = element("section", "side");
    view.tabIndex = -1;
    view.setAttribute("aria-labelledby", "side-name");
    const name = part("h2", "", "name");
    name.id = "side-name";
    const text = part("div", "text", "text");
    text.tabIndex = 0;
    text.ariaLabel = "The whole text";
    text.setAttribute("role", "region");
    const said = part("p", "help", "said");
    said.setAttribute("role", "status");
    const more = part("button", "", "more");
    more.type = "button";
    const actions = element("div", "actions");
    actions.append(
      button("Copy", () => this.#copy()),
      button("Previous row", () => this.#go(-1, 0)),
      button("Next row", () => this.#go(1, 0)),
      button("Close", () => this.close()),
    );
    view.append(this.#kinds(), name, part("p", "help", "place"), text, more, said, actions);
    view.addEventListener("keydown", (event) => this.#keys(event));
    return view;
  }

  #kinds() {
    const kinds = element("div", "kinds");
    kinds.setAttribute("role", "group");
    kinds.ariaLabel = "Show";
    const choice = (label, kind) => {
      const made = button(label, () => this.open(kind));
      made.dataset.kind = kind;
      return made;
    };
    kinds.append(choice("Cell", "cell"), choice("Record", "record"));
    return kinds;
  }
}

function part(name, className, part) {
  const made = element(name, className);
  made.dataset.part = part;
  return made;
}
