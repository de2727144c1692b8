// Takes the filter and the sort of a table along to its chart, since they change without a reload.
import { withLook } from "../look.js";

// `lookAt` finds what the table shows beside which a link is; undefined where there is no grid.
export function carryToChart(lookAt) {
  const takeAlong = (event) => {
    const link = unshadowed(event.target).closest?.('a[href*="chart=1"]');
    const look = link && lookAt(link);
    if (look) {
      link.href = withLook(link.href, look);
    }
  };
  // A middle click has no click event; Enter has no pointer.
  document.addEventListener("pointerdown", takeAlong, { capture: true });
  document.addEventListener("click", takeAlong, { capture: true });
}
