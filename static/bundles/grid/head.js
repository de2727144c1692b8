// The headings: clicking one sorts, dragging its edge changes the column's width, and its menu does the rest.
import { button, element } from "../element.js";
import { pageWith } from "./look.js";
import { icon } from "./menu/icon.js";

// An icon and its gap.
const ARROW_PX = 20;
const ARROWS = { ascending: "M8 13V3M4 7l4-4 4 4", descending: "M8 3v10M4 9l4 4 4-4" };
const DOTS = "M3.5 8h.01M8 8h.01M12.5 8h.01";
const STEP = 16;

export class Head {
  #grid;
  #row;
  #ordinal;
  // By the column's place in the result.
  #headings;

  constructor(grid, row) {
    this.#grid = grid;
    this.#row = row;
    [this.#ordinal, ...this.#headings] = row.cells;
    row.setAttribute("role", "row");
    row.ariaRowIndex = 1;
    this.height = row.getBoundingClientRect().height;
    grid.layout.all.forEach((column) => this.#prepare(this.#headings[column.index], column));
    this.#prepareCorner();
  }

  draw() {
    const { widths, ordinalWidth } = this.#grid;
    const columns = this.#grid.columnsInSight();
    this.#row.style.width = `${ordinalWidth + widths.total}px`;
    this.#ordinal.style.width = `${ordinalWidth}px`;
    const shown = this.#grid.numbers(columns).map((column) => {
      const heading = this.#heading(column);
      this.#grid.place(heading, column, columns);
      return heading;
    });
    const cells = [this.#ordinal, ...shown];
    if (cells.length === this.#row.cells.length && cells.every((cell, index) => cell === this.#row.cells[index])) {
      return;
    }
    const hadFocus = this.#row.contains(document.activeElement);
    this.#row.replaceChildren(...cells);
    if (hadFocus) {
      this.#grid.focusLost();
    }
  }

  // Other columns are shown, or in another order.
  arrange() {
    this.#grid.columns.forEach((_, column) => (this.#heading(column).ariaColIndex = column + 2));
  }

  link(column) {
    const link = this.#heading(column).querySelector("a");
    return link.isConnected ? link : undefined;
  }

  // Opens the menu of a column whose heading is in sight.
  openMenu(column) {
    this.#heading(column).querySelector(".opens-menu").click();
  }

  // The width that the heading needs. Its column has to be narrow at this moment.
  fitting(column) {
    const heading = this.#heading(column);
    const { paddingLeft, paddingRight } = getComputedStyle(heading);
    const link = heading.querySelector("a");
    // The arrow of a sorted column comes and goes.
    const arrow = link.querySelector(".icon") ? 0 : ARROW_PX;
    return link.scrollWidth + arrow + parseFloat(paddingLeft) + parseFloat(paddingRight);
  }

  // Shows which column sorts, and sets the link of each heading.
  showSort() {
    const { sort } = this.#grid.look;
    this.#headings.forEach((heading, index) => {
      const number = index + 1;
      const way = sort === number ? "ascending" : sort === -number ? "descending" : undefined;
      heading.ariaSort = way ?? null;
      heading.querySelector("a > svg")?.remove();
      const link = heading.querySelector("a");
      if (way) {
        link.append(icon(ARROWS[way]));
      }
      link.href = pageWith({ ...this.#grid.look, sort: next(number, sort) });
    });
  }

  #heading(column) {
    return this.#headings[this.#grid.columns[column].index];
  }

  #prepare(heading, column) {
    const { signal } = this.#grid;
    const link = heading.querySelector("a");
    const place = () => this.#grid.columns.indexOf(column);
    heading.setAttribute("role", "columnheader");
    link.tabIndex = -1;
    link.draggable = false;
    link.addEventListener("click", (event) => this.#sort(event, place()), { signal });
    link.addEventListener("keydown", (event) => this.#widen(event, place()), { signal });
    const handle = element("span", "handle");
    handle.ariaHidden = "true";
    handle.addEventListener("pointerdown", (event) => this.#drag(event, place()), { signal });
    handle.addEventListener("dblclick", () => this.#grid.fit(place()), { signal });
    const menu = button("", () => this.#grid.columnMenu.fill(place(), menu));
    menu.className = "opens-menu";
    menu.tabIndex = -1;
    menu.setAttribute("aria-label", `Menu of ${column.name}`);
    menu.append(icon(DOTS));
    heading.addEventListener("contextmenu", (event) => this.#openInstead(event, menu), { signal });
    heading.append(menu, handle);
  }

  #openInstead(event, menu) {
    event.preventDefault();
    menu.click();
  }

  #prepareCorner() {
    this.#ordinal.setAttribute("role", "columnheader");
    this.#ordinal.ariaColIndex = 1;
    this.#ordinal.title = "Select all";
    this.#ordinal.addEventListener("click", () => this.#grid.cursor.selectAll(), { signal: this.#grid.signal });
  }

  #sort(event, column) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
      return;
    }
    event.preventDefault();
    const { columns, cursor, look } = this.#grid;
    cursor.at(-1, column);
    this.#grid.change({ ...look, sort: next(columns[column].index + 1, look.sort) });
  }

  #widen(event, column) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.shiftKey && !event.altKey && way) {
      event.preventDefault();
      event.stopPropagation();
      this.#grid.widen(column, this.#grid.widths.all[column] + way * STEP);
      this.#grid.widths.remember(column);
    }
  }

  #drag(event, column) {
    if (event.button !== 0) {
      return;
    }
    event.preventDefault();
    const handle = event.currentTarget;
    const end = new AbortController();
    const start = event.clientX - this.#grid.widths.all[column];
    handle.setPointerCapture(event.pointerId);
    const drag = (event) => this.#grid.widen(column, event.clientX - start);
    const drop = () => {
      end.abort();
      this.#grid.widths.remember(column);
    };
    const { signal } = end;
    handle.addEventListener("pointermove", drag, { signal });
    handle.addEventListener("pointerup", drop, { signal });
    handle.addEventListener("pointercancel", drop, { signal });
  }
}

// Ascending, descending, and back to the result's own order.
function next(number, sort) {
  if (sort === number) {
    return -number;
  }
  return sort === -number ? undefined : number;
}
