// The rows in sight, each at its place in a body that is as high as all rows together.
import { fill } from "./cell/cell.js";

// Rows drawn above and below those in sight.
const SPARE = 12;
// Browsers limit the height of elements to some millions of pixels.
const HEIGHT_MAX = 15_000_000;

export class Body {
  #grid;
  #element;
  // The rows in the page, by their index.
  #shown = new Map();
  #columns = { first: 0, last: -1 };

  constructor(grid, element) {
    this.#grid = grid;
    this.#element = element;
    this.height = grid.rowHeight;
    element.replaceChildren();
  }

  // How many rows can be scrolled to.
  get count() {
    return Math.min(this.#grid.rows.matching, Math.floor(HEIGHT_MAX / this.height));
  }

  // Which rows are in sight.
  inSight() {
    const { sight, head } = this.#grid;
    const first = Math.floor(sight.top / this.height);
    const last = Math.ceil((sight.top + sight.height - head.height) / this.height) - 1;
    return { first: Math.max(0, first), last: Math.min(this.count - 1, last) };
  }

  // Everything is drawn again next time: the rows, their order or the widths have changed.
  redraw() {
    this.#columns = { first: 0, last: -1 };
  }

  draw() {
    const { first, last } = this.inSight();
    const columns = this.#grid.columnsInSight();
    if (columns.first !== this.#columns.first || columns.last !== this.#columns.last) {
      this.#columns = columns;
      this.#shown.forEach((row) => (row.isOld = true));
    }
    this.#element.style.height = `${this.count * this.height}px`;
    const wanted = [];
    for (let index = Math.max(0, first - SPARE); index <= Math.min(this.count - 1, last + SPARE); index += 1) {
      wanted.push(this.#row(index));
    }
    this.#put(wanted);
  }

  // Draws the pending rows that have arrived.
  arrive() {
    for (const [index, row] of this.#shown) {
      row.isOld ||= row.isPending && this.#grid.rows.at(index) !== undefined;
    }
    this.draw();
  }

  cell(index, column) {
    return this.#shown.get(index)?.cells.get(column);
  }

  // Calls `act` for each cell in the page.
  each(act) {
    for (const [index, { cells }] of this.#shown) {
      cells.forEach((cell, column) => act(cell, index, column));
    }
  }

  #row(index) {
    const old = this.#shown.get(index);
    if (old && !old.isOld) {
      return old;
    }
    const fresh = this.#make(index);
    this.#shown.set(index, fresh);
    if (old?.element.isConnected) {
      const hadFocus = old.element.contains(document.activeElement);
      old.element.replaceWith(fresh.element);
      if (hadFocus) {
        this.#grid.focusLost();
      }
    }
    return fresh;
  }

  #put(rows) {
    const elements = new Set(rows.map((row) => row.element));
    for (const [index, { element }] of this.#shown) {
      if (!elements.has(element)) {
        const hadFocus = element.contains(document.activeElement);
        element.remove();
        this.#shown.delete(index);
        if (hadFocus) {
          this.#grid.focusLost();
        }
      }
    }
    let next = this.#element.firstChild;
    for (const { element } of rows) {
      if (element === next) {
        next = next.nextSibling;
      } else {
        this.#element.insertBefore(element, next);
      }
    }
  }

  #make(index) {
    const { widths, columns, rows, look, ordinalWidth } = this.#grid;
    const row = rows.at(index);
    const element = document.createElement("tr");
    element.setAttribute("role", "row");
    element.ariaRowIndex = index + 2;
    element.style.top = `${index * this.height}px`;
    element.style.width = `${ordinalWidth + widths.total}px`;
    element.append(ordinal(index, ordinalWidth));
    const cells = new Map();
    for (const column of this.#grid.numbers(this.#columns)) {
      const cell = document.createElement("td");
      cell.setAttribute("role", "gridcell");
      cell.ariaColIndex = column + 2;
      cell.tabIndex = -1;
      const { index: place, isNumber } = columns[column];
      cell.classList.toggle("number", isNumber);
      this.#grid.place(cell, column, this.#columns);
      if (isNumber && row) {
        widths.needs(column, row.texts[place] ?? "");
      }
      const isCut = row?.cut?.has(place) ?? false;
      fill(cell, row?.texts[place], { column: columns[column], isCut, filter: look.filter });
      cells.set(column, cell);
      element.append(cell);
    }
    return { element, cells, isPending: row === undefined, isOld: false };
  }
}

function ordinal(index, width) {
  const cell = document.createElement("th");
  cell.setAttribute("role", "rowheader");
  cell.scope = "row";
  cell.className = "ordinal";
  cell.ariaColIndex = 1;
  cell.style.width = `${width}px`;
  cell.textContent = index + 1;
  return cell;
}
