// Describes the grid to screen readers, and removes what only the server's page of rows needs.
import { element } from "../element.js";

const HELP =
  "Arrow keys move between cells, and with Shift select them. Enter shows the whole cell, Shift+Enter its row. On a heading, Enter sorts, and Shift with the left or right arrow key changes the width. Alt with the down arrow key opens the column's menu.";

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
  note.textContent = "Only the visible rows and columns are printed. Downloads include all of them.";
  frame.parentElement.after(note);
  addEventListener("beforeprint", () => (note.hidden = isWhole(grid, table)), { signal: grid.signal });
}

function isWhole({ columns, rows }, { tHead, tBodies }) {
  return tBodies[0].rows.length === rows.matching && tHead.rows[0].cells.length === columns.length + 1;
}
