// The current cell and the selected block. Row -1 is the headings.
export class Cursor {
  #grid;
  #anchor;
  #end;
  // `{ top, bottom, left, right }`, or undefined if nothing is selected.
  block;

  constructor(grid) {
    this.#grid = grid;
    this.row = 0;
    this.column = 0;
  }

  // Clears the selection, because the rows have changed.
  reset() {
    if (this.row >= 0) {
      this.row = 0;
    }
    if (this.#grid.body.count === 0) {
      this.row = -1;
    }
    this.column = Math.min(this.column, this.#grid.columns.length - 1);
    this.drop();
  }

  at(row, column) {
    this.row = row;
    this.column = column;
    this.drop();
  }

  drop() {
    this.#anchor = this.#end = this.block = undefined;
    this.#changed();
  }

  // Moves to a cell or a heading, and focuses it.
  go(row, column) {
    if (row >= 0) {
      this.#anchor = this.#end = { row, column };
      this.#move(row, column);
    } else {
      this.at(-1, column);
      this.focus();
    }
  }

  // Extends or shrinks the block to this cell.
  extend(row, column) {
    this.#anchor ??= { row: Math.max(0, this.row), column: this.column };
    this.#end = { row: Math.max(0, row), column };
    this.#move(this.#end.row, column);
  }

  // The corner of the block that moves when it is extended.
  get end() {
    return this.#end ?? { row: this.row, column: this.column };
  }

  // Selects all rows of these columns, without scrolling.
  selectColumns(first, last) {
    const row = this.#grid.body.count - 1;
    if (row >= 0) {
      this.#anchor = { row: 0, column: first };
      this.#end = { row, column: last };
      this.#move(row, first, { isScrolled: false });
    }
  }

  selectAll() {
    this.selectColumns(0, this.#grid.columns.length - 1);
  }

  selectRows(row, isExtended) {
    const from = isExtended && this.#anchor ? this.#anchor.row : row;
    this.#anchor = { row: from, column: 0 };
    this.#end = { row, column: this.#grid.columns.length - 1 };
    this.#move(row, 0);
  }

  // Scrolls the current cell into sight and focuses it.
  focus({ isScrolled = true } = {}) {
    if (isScrolled) {
      this.reveal();
    }
    this.#grid.draw();
    this.#element()?.focus({ preventScroll: true });
  }

  mark() {
    const { body, frame, head } = this.#grid;
    body.each((cell, row, column) => {
      const isSelected = this.#holds(row, column);
      const isHere = row === this.row && column === this.column;
      cell.classList.toggle("selected", isSelected);
      cell.classList.toggle("here", isHere && this.block !== undefined);
      if (cell.ariaSelected !== String(isSelected)) {
        cell.ariaSelected = String(isSelected);
      }
      if ((cell.tabIndex === 0) !== isHere) {
        cell.tabIndex = isHere ? 0 : -1;
      }
    });
    this.#grid.numbers(this.#grid.columnsInSight()).forEach((column) => {
      const link = head.link(column);
      if (link) {
        link.tabIndex = this.row < 0 && column === this.column ? 0 : -1;
      }
    });
    const element = this.#element();
    frame.tabIndex = element ? -1 : 0;
    if (element && this.#grid.takeFocusBack()) {
      element.focus({ preventScroll: true });
    }
  }

  #move(row, column, options) {
    this.row = row;
    this.column = column;
    const [one, other] = [this.#anchor, this.#end];
    this.block = {
      top: Math.min(one.row, other.row),
      bottom: Math.max(one.row, other.row),
      left: Math.min(one.column, other.column),
      right: Math.max(one.column, other.column),
    };
    this.focus(options);
    this.#changed();
  }

  #changed() {
    this.mark();
    this.#grid.bar?.select(this.block);
    this.#grid.side?.follow();
  }

  #holds(row, column) {
    const block = this.block;
    return (
      block !== undefined &&
      block.top <= row &&
      row <= block.bottom &&
      block.left <= column &&
      column <= block.right
    );
  }

  #element() {
    const { body, head } = this.#grid;
    return this.row < 0 ? head.link(this.column) : body.cell(this.row, this.column);
  }

  // Scrolls the current cell into sight.
  reveal() {
    const { frame, widths, head, body, heldWidth, ordinalWidth } = this.#grid;
    if (this.row >= 0) {
      const top = this.row * body.height;
      const height = frame.clientHeight - head.height;
      if (top < frame.scrollTop) {
        frame.scrollTop = top;
      } else if (top + body.height > frame.scrollTop + height) {
        frame.scrollTop = top + body.height - height;
      }
    }
    if (this.column === 0 && heldWidth > ordinalWidth) {
      return;
    }
    const left = ordinalWidth + widths.starts[this.column];
    const right = left + widths.all[this.column];
    if (left < frame.scrollLeft + heldWidth) {
      frame.scrollLeft = left - heldWidth;
    } else if (right > frame.scrollLeft + frame.clientWidth) {
      frame.scrollLeft = Math.min(left - heldWidth, right - frame.clientWidth);
    }
  }
}

export function cellsIn({ top, bottom, left, right }) {
  return (bottom - top + 1) * (right - left + 1);
}
