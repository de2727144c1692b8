// The grid's mouse, pen and touch: a click selects a cell, or a row on its number; dragging selects a block. Touch scrolls.
export function keepPointer(grid) {
  const { frame, signal } = grid;
  const body = frame.querySelector("tbody");
  body.addEventListener("pointerdown", (event) => press(grid, event), { signal });
  // The grid does its own focus and selection.
  body.addEventListener("mousedown", (event) => isPlain(event) && event.preventDefault(), { signal });
  body.addEventListener("click", (event) => click(grid, event), { signal });
  body.addEventListener("dblclick", (event) => open(grid, event), { signal });
}

const isPlain = (event) => event.button === 0 && !event.target.closest("a, button");

// A cell, or on its number the row.
function open(grid, event) {
  const place = placeOf(event.target);
  if (place && isPlain(event)) {
    grid.side.open(place.column === undefined ? "record" : "cell");
  }
}

function press(grid, event) {
  const place = placeOf(event.target);
  if (!place || !isPlain(event) || event.pointerType === "touch") {
    return;
  }
  take(grid, place, event.shiftKey);
  drag(grid, event, place.column === undefined);
}

function click(grid, event) {
  const place = placeOf(event.target);
  if (event.target.closest(".opener")) {
    grid.cursor.go(place.row, place.column);
    grid.side.open("cell");
  } else if (place && event.pointerType === "touch" && isPlain(event)) {
    take(grid, place, false);
  }
}

function take({ cursor }, { row, column }, isExtended) {
  if (column === undefined) {
    cursor.selectRows(row, isExtended);
  } else if (isExtended) {
    cursor.extend(row, column);
  } else {
    cursor.go(row, column);
  }
}

// Extends the selection until the button is released. Beyond an edge of the frame the rows scroll.
function drag(grid, { clientX, clientY }, isOfRows) {
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, grid.signal]);
  let pointer = { x: clientX, y: clientY };
  let last = placeAt(grid, pointer);
  const follow = () => {
    const place = placeAt(grid, pointer);
    if (place && (place.row !== last?.row || place.column !== last?.column)) {
      last = place;
      take(grid, isOfRows ? { row: place.row } : { ...place, column: place.column ?? 0 }, true);
    }
  };
  const step = () => {
    if (signal.aborted) {
      return;
    }
    const { x, y } = beyond(grid.frame, pointer);
    if (x !== 0 || y !== 0) {
      grid.frame.scrollBy(isOfRows ? 0 : x, y);
      follow();
    }
    requestAnimationFrame(step);
  };
  const move = (event) => {
    pointer = { x: event.clientX, y: event.clientY };
    follow();
  };
  document.addEventListener("pointermove", move, { signal });
  document.addEventListener("pointerup", () => end.abort(), { signal });
  document.addEventListener("pointercancel", () => end.abort(), { signal });
  requestAnimationFrame(step);
}

// How far the pointer is beyond the frame's edges.
function beyond(frame, { x, y }) {
  const { left, right, top, bottom } = frame.getBoundingClientRect();
  const over = (place, low, high) => (place < low ? place - low : place > high ? place - high : 0);
  return { x: over(x, left, right) / 4, y: over(y, top, bottom) / 4 };
}

// The cell at, or next to, this point.
function placeAt({ frame, head, body }, { x, y }) {
  const { left, top } = frame.getBoundingClientRect();
  const [right, bottom] = [left + frame.clientWidth, top + frame.clientHeight];
  const inside = (place, low, high) => Math.max(low + 2, Math.min(high - 2, place));
  const rowsEnd = top + head.height + body.count * body.height - frame.scrollTop;
  const point = [inside(x, left, right), inside(y, top + head.height, Math.min(bottom, rowsEnd))];
  const element = document.elementFromPoint(...point);
  return element && frame.contains(element) ? placeOf(element) : undefined;
}

// The row and column of an element's cell; a row number has no column.
function placeOf(element) {
  const cell = element.closest("tbody :is(td, th)");
  if (!cell) {
    return undefined;
  }
  const row = Number(cell.parentElement.ariaRowIndex) - 2;
  return cell.localName === "th" ? { row } : { row, column: Number(cell.ariaColIndex) - 2 };
}
