// Describes the grid to screen readers, and removes what only the server's page of rows needs.
import { element } from "../element.js";

const HELP =
  "Arrow keys move from cell to cell, Shift marks a block, Enter shows a cell as a whole, and Shift with Enter its row. On a heading Enter sorts, and Shift with the left or right arrow key changes its width. Alt with the down arrow key opens the menu of a column.";

// The frame only scrolls; the keyboard focus goes to the cells.
export function describe(grid, table) {
  const { frame, panel } = grid;
  table.setAttribute("role", "grid");
  table.ariaLabel = "Rows";
  table.ariaDescription = HELP;
  table.ariaMultiSelectable = "true";
  table.tHead.setAttribute("role", "rowgroup");
  table.tBodies[0].setAttribute("role", "rowgroup");
  frame.tabIndex = -1;
  panel.querySelector(".pages")?.remove();
  panel.querySelector("[data-none]")?.remove();
  const note = element("p", "print-only help");
  note.textContent = "Only the rows and columns in sight are printed. The downloads hold all of them.";
  frame.parentElement.after(note);
  addEventListener("beforeprint", () => (note.hidden = isWhole(grid, table)), { signal: grid.signal });
}

function isWhole({ columns, rows }, { tHead, tBodies }) {
  return tBodies[0].rows.length === rows.matching && tHead.rows[0].cells.length === columns.length + 1;
}
