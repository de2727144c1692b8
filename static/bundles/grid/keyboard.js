// The grid's keyboard, which works as in a spreadsheet.
export function keepKeys(grid) {
  grid.frame.addEventListener("keydown", (event) => act(grid, event), { signal: grid.signal });
  // When Tab reaches the frame, its current cell gets the focus.
  grid.frame.addEventListener(
    "keyup",
    (event) => {
      if (event.key === "Tab" && event.target === grid.frame) {
        grid.cursor.focus();
      }
    },
    { signal: grid.signal },
  );
}

function act(grid, event) {
  if (event.altKey && event.key === "ArrowDown" && !event.target.closest("button")) {
    event.preventDefault();
    grid.openMenu();
    return;
  }
  if (event.altKey || event.target.closest("button")) {
    return;
  }
  const isHeld = event.ctrlKey || event.metaKey;
  const done = isHeld ? command(grid, event) || go(grid, event) : go(grid, event) || single(grid, event);
  if (done) {
    event.preventDefault();
  }
}

function command(grid, { key, shiftKey }) {
  const { cursor } = grid;
  const { column } = cursor;
  switch (key.toLowerCase()) {
    case "a":
      cursor.selectAll();
      return true;
    case "c":
      if (!cursor.block || !getSelection().isCollapsed) {
        return false;
      }
      grid.clipboard.copy(shiftKey ? "headings" : undefined);
      return true;
    case "m":
      if (!shiftKey || !cursor.block) {
        return false;
      }
      grid.clipboard.copy("markdown");
      return true;
    case " ":
      cursor.selectColumns(column, column);
      return true;
    default:
      return false;
  }
}

function go(grid, event) {
  const { cursor } = grid;
  const from = event.shiftKey ? cursor.end : cursor;
  const place = target(grid, event, from);
  if (!place) {
    return false;
  }
  if (event.shiftKey) {
    cursor.extend(place.row, place.column);
  } else {
    cursor.go(place.row, place.column);
  }
  return true;
}

// The cell that a key moves to, or undefined.
function target(grid, { key, ctrlKey, metaKey }, { row, column }) {
  const [lastRow, lastColumn] = [grid.body.count - 1, grid.columns.length - 1];
  const { first, last } = grid.body.inSight();
  const page = Math.max(1, last - first);
  const isFar = ctrlKey || metaKey;
  const within = (row, column) => ({
    row: Math.max(-1, Math.min(lastRow, row)),
    column: Math.max(0, Math.min(lastColumn, column)),
  });
  switch (key) {
    case "ArrowUp":
      return within(isFar ? 0 : row - 1, column);
    case "ArrowDown":
      return within(isFar ? lastRow : row + 1, column);
    case "ArrowLeft":
      return within(row, isFar ? 0 : column - 1);
    case "ArrowRight":
      return within(row, isFar ? lastColumn : column + 1);
    case "Home":
      return within(isFar ? 0 : row, 0);
    case "End":
      return within(isFar ? lastRow : row, lastColumn);
    case "PageUp":
      return within(Math.max(0, row - page), column);
    case "PageDown":
      return within(row + page, column);
    default:
      return undefined;
  }
}

function single(grid, { key, shiftKey, target }) {
  const { cursor } = grid;
  if (key === "Escape") {
    if (grid.side.isOpen) {
      grid.side.close();
    } else {
      cursor.drop();
    }
    return true;
  }
  if (cursor.row < 0 || target.closest("thead")) {
    return false;
  }
  if (key === "Enter") {
    grid.side.open(shiftKey ? "record" : "cell");
    return true;
  }
  if (key === " ") {
    if (shiftKey) {
      cursor.selectRows(cursor.row, false);
    } else {
      cursor.go(cursor.row, cursor.column);
    }
    return true;
  }
  return false;
}
