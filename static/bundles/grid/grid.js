// Replaces the server's page of rows with a grid of all rows. Only rows in sight are in the page; they are fetched in windows
// of the stored result. When the page shows another result, a new grid is made.
import { carryToChart } from "./chart-link.js";
import { Grid } from "./table.js";

let grid;

function begin() {
  const frame = document.getElementById("rows");
  if (grid?.frame === frame) {
    return;
  }
  const before = grid?.frame;
  grid?.end();
  grid = undefined;
  if (frame?.dataset.window !== undefined && frame.dataset.rows !== "0") {
    grid = new Grid(frame);
    grid.begin(before);
  }
}

const outcome = document.getElementById("outcome");
if (outcome) {
  carryToChart();
  new MutationObserver(begin).observe(outcome.parentElement, { childList: true });
  begin();
}
