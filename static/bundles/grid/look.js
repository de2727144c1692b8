// A look is a filter and a sort: how a table shows its rows. An address has them in its query.

// The address with the filter and the sort of this look.
export function withLook(address, look) {
  const url = new URL(address);
  for (const name of ["filter", "sort"]) {
    if (look[name]) {
      url.searchParams.set(name, look[name]);
    } else {
      url.searchParams.delete(name);
    }
  }
  return url.href;
}

// The address of this page with another look, from its first row.
export function pageWith(look) {
  const url = new URL(location.href);
  url.hash = "";
  url.searchParams.delete("page");
  return withLook(url, look);
}
