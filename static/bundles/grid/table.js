// The grid: still an HTML table, but only the rows and columns in sight are in the page.
import { Bar } from "./bar.js";
import { Body } from "./body.js";
import { Clipboard } from "./clipboard.js";
import { columnsOf, sortOf } from "./columns/headings.js";
import { Layout } from "./columns/layout.js";
import { heightOfRow, widthIn, widthOf } from "./columns/measure.js";
import { Widths } from "./columns/widths.js";
import { Cursor } from "./cursor.js";
import { describe } from "./describe.js";
import { Filter } from "./filter.js";
import { Head } from "./head.js";
import { keepKeys } from "./keyboard.js";
import { pageWith } from "./look.js";
import { ColumnMenu } from "./menu/column-menu.js";
import { keepPointer } from "./pointer.js";
import { Problem, Rows } from "./rows.js";
import { Side } from "./side/side.js";

// Up to this many columns are all drawn.
const COLUMNS_DRAWN = 24;
// The first column stays in sight beside the row numbers, if both take at most this part of the width.
const HELD_MAX = 0.45;
const OPENER_PX = 40;

export class Grid {
  #ending = new AbortController();
  #table;
  #opening;
  #scroll = { top: 0, direction: 1, isPassing: false };
  #frameAsked;
  #hasLostFocus = false;

  constructor(frame) {
    this.frame = frame;
    this.signal = this.#ending.signal;
    this.#table = frame.querySelector("table");
    // The page may show a preview's table too.
    this.panel = frame.parentElement.parentElement;
    this.line = this.panel.querySelector(":scope > .line");
    const headings = [...this.#table.tHead.rows[0].cells].slice(1);
    const columns = columnsOf(headings);
    // The last part but one of the windows' address is the clip's or the preview's.
    this.clip = new URL(frame.dataset.window, location.href).pathname.split("/").at(-2);
    this.layout = new Layout(this.clip, columns);
    this.columns = this.layout.shown;
    this.look = { sort: sortOf(headings), filter: this.line.querySelector("[name=filter]").value };
  }

  // The server's page of rows stays until the first rows arrive, and for good if they do not.
  async begin(before) {
    const from = Number(this.frame.dataset.from);
    this.rows = this.#rows(this.look);
    try {
      await this.rows.open(from);
    } catch {
      return;
    }
    if (!this.signal.aborted) {
      this.#replace(before ? before.scrollTop : undefined, from);
    }
  }

  end() {
    this.#ending.abort();
    cancelAnimationFrame(this.#frameAsked);
    this.rows?.end();
    this.#opening?.end();
    this.side?.close();
  }

  // Shows the rows in another order or with another filter.
  async change(look) {
    this.look = look;
    this.head.showSort();
    if (!this.frame.closest("#preview")) {
      history.replaceState(history.state, "", pageWith(look));
    }
    this.#opening?.end();
    const rows = this.#rows(look);
    this.#opening = rows;
    this.#table.ariaBusy = "true";
    try {
      await rows.open(0);
    } catch (problem) {
      if (problem instanceof Problem && this.#opening === rows) {
        this.bar.fail(problem, () => this.change(look));
      }
      return;
    }
    if (this.#opening === rows && !this.signal.aborted) {
      this.#opening = undefined;
      this.rows.end();
      this.rows = rows;
      this.frame.scrollTop = 0;
      this.#changed();
    }
  }

  // The block of all rows and columns that are shown.
  get everything() {
    return { top: 0, bottom: this.body.count - 1, left: 0, right: this.columns.length - 1 };
  }

  openMenu() {
    this.cursor.reveal();
    this.draw();
    this.head.openMenu(this.cursor.column);
  }

  // Shows other columns, or in another order; `act` returns which of them gets the focus.
  arrange(act) {
    const column = act();
    this.columns = this.layout.shown;
    this.#arrange();
    this.#changed();
    this.cursor.go(-1, column);
  }

  showAllColumns() {
    this.arrange(() => {
      this.layout.reset();
      return 0;
    });
  }

  columnsInSight() {
    const last = this.columns.length - 1;
    if (last < COLUMNS_DRAWN) {
      return { first: 0, last };
    }
    const { left, width } = this.sight;
    return this.widths.between(left, left + width - this.ordinalWidth);
  }

  // The columns to draw: those in sight, and always the first one.
  numbers({ first, last }) {
    const from = Math.max(1, first);
    return [0, ...Array.from({ length: Math.max(0, last - from + 1) }, (_, index) => from + index)];
  }

  // Positions a cell or heading among the columns that are drawn.
  place(cell, column, columns) {
    const { starts, all } = this.widths;
    const isFirstOfOthers = column > 0 && column === Math.max(1, columns.first);
    cell.style.width = `${all[column]}px`;
    cell.style.marginLeft = isFirstOfOthers ? `${starts[column] - starts[1]}px` : "";
    const isHeld = column === 0 && this.#holdsFirst();
    cell.classList.toggle("held", isHeld);
    cell.style.left = isHeld ? `${this.ordinalWidth}px` : "";
  }

  // The width, at the left of the frame, of the columns that stay in sight.
  get heldWidth() {
    return this.ordinalWidth + (this.#holdsFirst() ? this.widths.all[0] : 0);
  }

  widen(column, width) {
    this.widths.set(column, width);
    this.redraw();
  }

  // Makes a column as wide as what it shows now.
  fit(column) {
    this.widen(column, 0);
    let width = this.head.fitting(column);
    this.body.each((cell, _, at) => {
      width = at === column ? Math.max(width, cell.scrollWidth + 1) : width;
    });
    this.widths.fit(column, width);
    this.widths.remember(column);
    this.redraw();
  }

  // Draws what is in sight, and requests the rows of it that are missing.
  draw() {
    this.#see();
    this.head.draw();
    this.body.draw();
    this.cursor.mark();
    if (this.widths.hasGrown) {
      this.widths.hasGrown = false;
      this.widths.arrange(this.columns);
      this.redraw();
    }
    const { first, last } = this.body.inSight();
    if (last >= first) {
      this.rows.want(first, last, this.#scroll.direction, this.#scroll.isPassing);
    }
  }

  // The focused element was removed because it scrolled out of sight; the frame holds the focus until it is drawn again.
  focusLost() {
    this.#hasLostFocus = true;
    this.frame.focus({ preventScroll: true });
  }

  // Whether the cell that was just drawn should get the focus back.
  takeFocusBack() {
    const hadIt = this.#hasLostFocus && document.activeElement === this.frame;
    this.#hasLostFocus = false;
    return hadIt;
  }

  #rows(look) {
    const rows = new Rows(this.frame.dataset.window, look, this.layout.all.length, {
      arrived: () => this.rows === rows && this.#arrived(),
      failed: (problem) => this.rows === rows && this.bar.fail(problem, () => this.#again()),
    });
    return rows;
  }

  #replace(scrollTop, from) {
    const [ordinal, ...headings] = this.#table.tHead.rows[0].cells;
    const measured = headings.map((heading, index) => widthOf(heading) + this.#roomToOpen(index));
    this.ordinalWidth = widthOf(ordinal);
    this.widths = new Widths(this.clip, this.layout.all, measured, widthIn(this.#table.tBodies[0].rows[0]?.cells[1] ?? headings[0]));
    this.#table.classList.add("grid");
    this.rowHeight = heightOfRow(this.#table.tBodies[0]);
    this.#see();
    this.head = new Head(this, this.#table.tHead.rows[0]);
    this.#arrange();
    this.body = new Body(this, this.#table.tBodies[0]);
    this.cursor = new Cursor(this);
    this.filter = new Filter(this);
    this.bar = new Bar(this);
    this.columnMenu = new ColumnMenu(this);
    this.side = new Side(this);
    this.clipboard = new Clipboard(this);
    describe(this, this.#table);
    keepKeys(this);
    keepPointer(this);
    this.frame.addEventListener("scroll", () => this.#scrolled(), { signal: this.signal, passive: true });
    const size = new ResizeObserver(() => this.redraw());
    size.observe(this.frame);
    this.signal.addEventListener("abort", () => size.disconnect());
    this.head.showSort();
    this.#changed();
    this.frame.scrollTop = scrollTop ?? from * this.rowHeight;
    this.draw();
  }

  // A cell of several lines, or of JSON, has a button at its end.
  #roomToOpen(index) {
    const { isJson } = this.layout.all.find((column) => column.index === index);
    const texts = [...this.#table.tBodies[0].rows].map((row) => row.cells[index + 1].textContent.trim());
    return isJson || texts.some((text) => text.includes("\n")) ? OPENER_PX : 0;
  }

  #arrange() {
    this.widths.arrange(this.columns);
    this.head.arrange();
    this.#table.ariaColCount = this.columns.length + 1;
  }

  #changed() {
    this.#table.ariaBusy = null;
    this.#table.ariaRowCount = this.rows.matching + 1;
    this.bar.count();
    this.cursor.reset();
    this.redraw();
  }

  // Everything, because sizes have changed.
  redraw() {
    this.#see();
    this.#table.style.width = `${this.ordinalWidth + this.widths.total}px`;
    this.body.redraw();
    this.draw();
  }

  // Reads the frame's geometry once, before anything is drawn: reading it after a change would lay out the whole table again.
  #see() {
    const { scrollTop, scrollLeft, clientWidth, clientHeight } = this.frame;
    this.sight = { top: scrollTop, left: scrollLeft, width: clientWidth, height: clientHeight };
  }

  #arrived() {
    this.body.arrive();
    this.cursor.mark();
    this.side.follow();
  }

  #again() {
    this.rows.again();
    this.draw();
  }

  #scrolled() {
    this.#frameAsked ??= requestAnimationFrame(() => {
      this.#frameAsked = undefined;
      const { scrollTop, clientHeight } = this.frame;
      const way = scrollTop - this.#scroll.top;
      const direction = way === 0 ? this.#scroll.direction : Math.sign(way);
      this.#scroll = { top: scrollTop, direction, isPassing: Math.abs(way) > clientHeight };
      this.draw();
    });
  }

  #holdsFirst() {
    return this.ordinalWidth + this.widths.all[0] <= this.sight.width * HELD_MAX;
  }
}
