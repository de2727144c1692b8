// The line below the rows: how many there are, what is selected, and what went wrong.
import { add } from "./sums.js";

const CELLS_MAX = 200_000;
// What is passed over on the way is not added up.
const PAUSE = 80;

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
    const bar = document.getElementById("bar");
    this.#counted = bar.querySelector("[data-counted]");
    this.#sums = part("p", "sums");
    this.#said = part("p", "said");
    this.#said.setAttribute("role", "status");
    this.#actions = part("div", "actions");
    this.#actions.append(
      button("Copy", () => grid.clipboard.copy()),
      button("Open", () => grid.side.open()),
    );
    this.#actions.hidden = true;
    this.#problem = part("div", "note danger actions");
    this.#problem.setAttribute("role", "alert");
    this.#problem.hidden = true;
    this.#none = part("p", "empty");
    this.#none.append("No row contains this text. ", button("Show all rows", () => grid.filter.clear()));
    grid.frame.after(this.#none);
    bar.append(this.#problem, this.#sums, this.#said, this.#actions);
    grid.signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  count() {
    const { rows, look, frame } = this.#grid;
    const all = Number(frame.dataset.rows);
    const words = `${grouped(all)} ${all === 1 ? "row" : "rows"}`;
    this.#counted.textContent = look.filter === "" ? words : `${grouped(rows.matching)} of ${words}`;
    this.#none.hidden = rows.matching > 0;
    this.#problem.hidden = true;
  }

  // Buttons, and the sums of a block of more than one cell.
  select(block) {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#actions.hidden = block === undefined;
    this.#sums.textContent = "";
    this.say("");
    if (block === undefined) {
      return;
    }
    const cells = (block.bottom - block.top + 1) * (block.right - block.left + 1);
    if (cells > 1) {
      this.#sums.textContent = `${grouped(cells)} cells`;
      this.#timer = setTimeout(() => this.#add(block, cells, this.#turn), PAUSE);
    }
  }

  say(sentence) {
    this.#said.textContent = sentence;
  }

  // A sentence, and a way to try again.
  fail({ message }, again) {
    const text = part("p", "");
    text.textContent = message;
    const retry = button("Try again", () => {
      this.#problem.hidden = true;
      again();
    });
    this.#problem.replaceChildren(text, retry);
    this.#problem.hidden = false;
  }

  async #add(block, cells, turn) {
    const { columns, rows } = this.#grid;
    const range = columns.slice(block.left, block.right + 1);
    const isAdded = range.map(({ isNumber, type }) => isNumber && type !== "money");
    if (!isAdded.includes(true)) {
      return;
    }
    if (cells > CELLS_MAX) {
      this.#sums.textContent = `${grouped(cells)} cells, too many to add up`;
      return;
    }
    let texts;
    try {
      texts = await rows.exact(block);
    } catch (problem) {
      if (turn === this.#turn) {
        this.fail(problem, () => this.select(block));
      }
      return;
    }
    if (turn === this.#turn) {
      const { numbers, sum, average } = add(texts.flatMap((row) => row.filter((_, place) => isAdded[place])));
      const words = [`${grouped(cells)} cells`, `${grouped(numbers)} ${numbers === 1 ? "number" : "numbers"}`];
      if (numbers > 0) {
        words.push(`sum ${sum}`, `average ${average}`);
      }
      this.#sums.textContent = words.join(" · ");
    }
  }
}

const grouped = (number) => number.toLocaleString("en");

function part(name, className) {
  const element = document.createElement(name);
  element.className = className;
  return element;
}

function button(label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", act);
  return button;
}
