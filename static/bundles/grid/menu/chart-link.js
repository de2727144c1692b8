// Takes the filter and the sort of the table along to the chart, since they change without a reload.
function takeAlong(event) {
  const link = event.target.closest?.('a[href*="chart=1"]');
  if (!link) {
    return;
  }
  const here = new URL(location.href).searchParams;
  const url = new URL(link.href);
  for (const name of ["filter", "sort"]) {
    url.searchParams.delete(name);
    if (here.get(name)) {
      url.searchParams.set(name, here.get(name));
    }
  }
  link.href = url.href;
}

export function carryToChart() {
  // A middle click has no click event; Enter has no pointer.
  document.addEventListener("pointerdown", takeAlong, { capture: true });
  document.addEventListener("click", takeAlong, { capture: true });
}
