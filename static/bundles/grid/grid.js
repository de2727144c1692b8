// Replaces the server's page of rows with a grid of all rows, of a clip and of a preview. Only rows in sight are in the page;
// they are fetched in windows of the held result. When a place on the page shows another result, a new grid is made.
import { carryToChart } from "./menu/chart-link.js";
import { Grid } from "./table.js";

const PLACES = "[data-saved], #preview";

// By the place that shows it.
const grids = new Map();

function begin(place) {
  const before = grids.get(place);
  const frame = place.querySelector(".frame[data-window]");
  if (before?.frame === frame) {
    return;
  }
  before?.end();
  grids.delete(place);
  if (frame && frame.dataset.rows !== "0") {
    const grid = new Grid(frame);
    grids.set(place, grid);
    grid.begin(before?.frame);
  }
}

carryToChart((link) => grids.get(link.closest(PLACES))?.look);
for (const place of document.querySelectorAll(PLACES)) {
  new MutationObserver(() => begin(place)).observe(place, { childList: true });
  begin(place);
}
