// The headings: clicking one sorts, dragging its edge changes the column's width.
const ARROWS = { ascending: "M8 13V3M4 7l4-4 4 4", descending: "M8 3v10M4 9l4 4 4-4" };
const STEP = 16;

export class Head {
  #grid;
  #row;
  #ordinal;
  #headings;

  constructor(grid, row) {
    this.#grid = grid;
    this.#row = row;
    [this.#ordinal, ...this.#headings] = row.cells;
    row.setAttribute("role", "row");
    row.ariaRowIndex = 1;
    this.height = row.getBoundingClientRect().height;
    this.#headings.forEach((heading, column) => this.#prepare(heading, column));
    this.#ordinal.setAttribute("role", "columnheader");
    this.#ordinal.ariaColIndex = 1;
  }

  draw() {
    const { widths, ordinalWidth } = this.#grid;
    const columns = this.#grid.columnsInSight();
    this.#row.style.width = `${ordinalWidth + widths.total}px`;
    this.#ordinal.style.width = `${ordinalWidth}px`;
    const shown = this.#grid.numbers(columns).map((column) => {
      const heading = this.#headings[column];
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

  link(column) {
    const link = this.#headings[column].querySelector("a");
    return link.isConnected ? link : undefined;
  }

  name(column) {
    return this.#headings[column].dataset.name;
  }

  // The width that the heading needs. Its column has to be narrow at this moment.
  fitting(column) {
    const link = this.#headings[column].querySelector("a");
    return link.scrollWidth + 2 * parseFloat(getComputedStyle(this.#headings[column]).paddingLeft);
  }

  // Shows which column sorts, and sets the link of each heading.
  showSort() {
    const { sort } = this.#grid.look;
    this.#headings.forEach((heading, column) => {
      const number = column + 1;
      const way = sort === number ? "ascending" : sort === -number ? "descending" : undefined;
      heading.ariaSort = way ?? null;
      heading.querySelector("a > svg")?.remove();
      const link = heading.querySelector("a");
      if (way) {
        link.append(arrow(way));
      }
      link.href = this.#grid.addressOf({ ...this.#grid.look, sort: next(number, sort) });
    });
  }

  #prepare(heading, column) {
    const { signal } = this.#grid;
    const link = heading.querySelector("a");
    heading.setAttribute("role", "columnheader");
    heading.ariaColIndex = column + 2;
    // The link's title says how it sorts.
    heading.title = [link.textContent.trim().replace(/\s+/g, " "), link.title].filter(Boolean).join("\n");
    link.removeAttribute("title");
    link.tabIndex = -1;
    link.draggable = false;
    link.addEventListener("click", (event) => this.#sort(event, column), { signal });
    link.addEventListener("keydown", (event) => this.#widen(event, column), { signal });
    const handle = document.createElement("span");
    handle.className = "handle";
    handle.ariaHidden = "true";
    handle.addEventListener("pointerdown", (event) => this.#drag(event, column), { signal });
    handle.addEventListener("dblclick", () => this.#grid.fit(column), { signal });
    heading.append(handle);
  }

  #sort(event, column) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
      return;
    }
    event.preventDefault();
    this.#grid.cursor.at(-1, column);
    this.#grid.change({ ...this.#grid.look, sort: next(column + 1, this.#grid.look.sort) });
  }

  #widen(event, column) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.shiftKey && way) {
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

function arrow(way) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = { fill: "none", stroke: "currentColor", "stroke-width": "1.5", "stroke-linecap": "round" };
  const shape = { class: "icon", viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true" };
  for (const [name, value] of Object.entries({ ...shape, ...line, "stroke-linejoin": "round" })) {
    svg.setAttribute(name, value);
  }
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", ARROWS[way]);
  svg.append(path);
  return svg;
}
