// The menu of a column: its order, its totals, and where it stands.
import { grouped, separated } from "../../count.js";
import { element } from "../../element.js";
import { command, rule, sheet } from "./commands.js";
import { Problem } from "../rows.js";

export class ColumnMenu {
  #grid;
  #sheet = sheet("column-menu");
  #opener;
  #turn = 0;

  constructor(grid) {
    this.#grid = grid;
    grid.line.append(this.#sheet);
    this.#sheet.addEventListener("toggle", ({ newState }) => newState === "open" && this.#opened());
    grid.signal.addEventListener("abort", () => this.#sheet.remove());
  }

  // Fills the sheet, which the button that was just pressed opens.
  fill(place, opener) {
    if (this.#sheet.matches(":popover-open")) {
      return;
    }
    this.#opener?.removeAttribute("popovertarget");
    this.#opener = opener;
    opener.setAttribute("popovertarget", this.#sheet.id);
    const column = this.#grid.columns[place];
    const totals = element("dl", "totals");
    this.#sheet.replaceChildren(
      this.#caption(column),
      ...this.#order(place, column),
      rule(),
      totals,
      rule(),
      command("Select column", "", () => this.#grid.cursor.selectColumns(place, place)),
      command("Copy column", "", () => this.#copy(place)),
      rule(),
      ...this.#places(place, column),
    );
    this.#add(column, totals);
  }

  #caption({ name, type }) {
    const caption = element("p", "help");
    const bold = document.createElement("strong");
    bold.textContent = name;
    caption.append(bold, ` ${type}`);
    return caption;
  }

  #order(place, { index }) {
    const { look } = this.#grid;
    const to = (label, sort) => command(label, "", () => this.#sort(place, sort));
    const number = index + 1;
    return [
      look.sort !== number && to("Sort ascending", number),
      look.sort !== -number && to("Sort descending", -number),
      Math.abs(look.sort) === number && to("Clear sort", undefined),
    ].filter(Boolean);
  }

  #places(place, column) {
    const { columns, layout } = this.#grid;
    const arrange = (label, act) => command(label, "", () => this.#grid.arrange(act));
    const move = (label, way) =>
      arrange(label, () => {
        layout.move(column, way);
        return place + way;
      });
    const hide = () => {
      layout.hide(column);
      return Math.min(place, columns.length - 2);
    };
    return [
      place > 0 && move("Move left", -1),
      place < columns.length - 1 && move("Move right", 1),
      columns.length > 1 && arrange("Hide column", hide),
      layout.isChanged && command("Show all columns", "", () => this.#grid.showAllColumns()),
    ].filter(Boolean);
  }

  #sort(place, sort) {
    this.#grid.cursor.at(-1, place);
    this.#grid.change({ ...this.#grid.look, sort });
  }

  #copy(place) {
    this.#grid.cursor.selectColumns(place, place);
    this.#grid.clipboard.copy("headings");
  }

  // Those of the rows that match the filter; the server adds them up.
  async #add(column, list) {
    this.#turn += 1;
    const turn = this.#turn;
    show(list, [["Count", "…"], ["Distinct", "…"], ...(column.isNumber ? [["Sum", "…"], ["Average", "…"]] : []), ["Min", "…"], ["Max", "…"]]);
    try {
      const totals = await this.#grid.rows.totals(column);
      if (turn === this.#turn) {
        show(list, lines(totals));
      }
    } catch (problem) {
      if (turn === this.#turn && problem instanceof Problem) {
        show(list, [["Totals", problem.message]]);
      }
    }
  }

  #opened() {
    this.#sheet.querySelector("button").focus();
  }
}

function lines(totals) {
  const average = totals.average && `${totals.average_rounded ? "about " : ""}${totals.average}`;
  return [
    ["Count", grouped(totals.count)],
    ["NULL", totals.nulls > 0 ? grouped(totals.nulls) : undefined],
    ["Distinct", grouped(totals.distinct)],
    ["Sum", totals.sum && separated(totals.sum)],
    ["Average", average && separated(average)],
    ["Min", totals.min],
    ["Max", totals.max],
  ].filter(([, value]) => value !== undefined);
}

function show(list, lines) {
  const groups = lines.map(([name, value]) => {
    const group = document.createElement("div");
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    text.textContent = value;
    text.title = value;
    group.append(term, text);
    return group;
  });
  list.replaceChildren(...groups);
}
