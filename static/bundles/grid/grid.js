// All rows of a result in the place of the page of them that the server sent. What is not in sight is not in the page:
// it comes by windows of the stored result. Another result on the same page brings another grid.
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
  new MutationObserver(begin).observe(outcome.parentElement, { childList: true });
  begin();
}
