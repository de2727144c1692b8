// Takes the filter and the sort of a table along to its chart, since they change without a reload.
// `lookAt` finds what the table shows beside which a link is; undefined where there is no grid.
export function carryToChart(lookAt) {
  const takeAlong = (event) => {
    const link = event.target.closest?.('a[href*="chart=1"]');
    const look = link && lookAt(link);
    if (look) {
      link.href = withLook(link.href, look);
    }
  };
  // A middle click has no click event; Enter has no pointer.
  document.addEventListener("pointerdown", takeAlong, { capture: true });
  document.addEventListener("click", takeAlong, { capture: true });
}

// The address with the filter and the sort of this look.
export function withLook(address, look) {
  const url = new URL(address);
  for (const name of ["filter", "sort"]) {
    url.searchParams.delete(name);
    if (look[name]) {
      url.searchParams.set(name, look[name]);
    }
  }
  return url.href;
}
