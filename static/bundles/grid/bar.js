// The line above the rows: their number, the selection, the menu of the table, and errors.
import { count, grouped, separated } from "../count.js";
import { button, element } from "../element.js";
import { cellsIn } from "./cursor.js";
import { add } from "./sums.js";
import { followDownloads } from "./menu/downloads.js";
import { TableMenu } from "./menu/table-menu.js";

const CELLS_MAX = 200_000;
// A selection is added up once it has not changed for this long.
const PAUSE_MS = 80;

export class Bar {
  #grid;
  #counted;
  #said;
  #sums;
  #actions;
  #problem;
  #none;
  #timer;
  #turn = 0;

  constructor(grid) {
    this.#grid = grid;
    const bar = grid.line.querySelector(".bar");
    this.#counted = bar.querySelector("[data-counted]");
    this.#sums = element("p", "sums");
    this.#said = element("p", "said");
    this.#said.setAttribute("role", "status");
    this.#actions = element("div", "actions");
    this.#actions.append(
      button("Copy", () => grid.clipboard.copy()),
      button("Open", () => grid.side.open("cell")),
    );
    this.#actions.hidden = true;
    this.#problem = element("div", "note danger actions");
    this.#problem.setAttribute("role", "alert");
    this.#problem.hidden = true;
    this.#none = element("p", "empty");
    this.#none.append("No row contains this text. Try another, or ", button("Show all rows", () => grid.filter.clear()));
    grid.frame.parentElement.after(this.#none);
    bar.append(this.#sums, this.#said);
    bar.after(this.#actions);
    grid.line.after(this.#problem);
    new TableMenu(grid);
    grid.signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  count() {
    const { rows, look, frame, layout } = this.#grid;
    const ofAll = count(Number(frame.dataset.rows), "row");
    const counted = look.filter === "" ? ofAll : `${grouped(rows.matching)} of ${ofAll}`;
    const hidden = layout.hidden > 0 ? `, ${count(layout.hidden, "column")} hidden` : "";
    this.#counted.textContent = counted + hidden;
    this.#none.hidden = rows.matching > 0;
    this.#problem.hidden = true;
    // A preview has no downloads.
    if (!frame.closest("#preview")) {
      followDownloads(look, rows.matching);
    }
  }

  // Shows the buttons, and the sums if the block has more than one cell.
  select(block) {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#actions.hidden = block === undefined;
    this.#add("");
    this.say("");
    if (block === undefined) {
      return;
    }
    const cells = cellsIn(block);
    if (cells > 1) {
      this.#add(`${grouped(cells)} cells`);
      this.#timer = setTimeout(() => this.#addUp(block, cells, this.#turn), PAUSE_MS);
    }
  }

  say(sentence) {
    this.#said.textContent = sentence;
  }

  // Shows the problem and a button to try again.
  fail({ message }, again) {
    const text = element("p", "");
    text.textContent = message;
    const retry = button("Try again", () => {
      this.#problem.hidden = true;
      again();
    });
    this.#problem.replaceChildren(text, retry);
    this.#problem.hidden = false;
  }

  // The line may be too short for them: the tooltip has the whole text.
  #add(text) {
    this.#sums.textContent = this.#sums.title = text;
  }

  async #addUp(block, cells, turn) {
    const { columns, rows } = this.#grid;
    const range = columns.slice(block.left, block.right + 1);
    const numbers = range.filter(({ isNumber, type }) => isNumber && type !== "money");
    if (numbers.length === 0) {
      return;
    }
    if (cells > CELLS_MAX) {
      this.#add(`${grouped(cells)} cells, too many to add up`);
      return;
    }
    let texts;
    try {
      texts = await rows.exact(block, numbers);
    } catch (problem) {
      if (turn === this.#turn) {
        this.fail(problem, () => this.select(block));
      }
      return;
    }
    if (turn === this.#turn) {
      this.#add(sentence(cells, add(texts.flat())));
    }
  }
}

function sentence(cells, { numbers, sum, average }) {
  const parts = [count(cells, "cell"), count(numbers, "number")];
  if (numbers > 0) {
    parts.push(`sum ${separated(sum)}`, `average ${separated(average)}`);
  }
  return parts.join(" · ");
}
