// Keeps the downloads of filtered rows in the page's menu in step with the table, whose filter and order change without a reload.
import { count } from "../../count.js";

export function followDownloads(look, matching) {
  const part = document.querySelector("[data-narrowed]");
  if (!part) {
    return;
  }
  part.hidden = look.filter === "";
  part.querySelector("[data-narrowed-words]").textContent = count(matching, "filtered row");
  for (const link of part.querySelectorAll("a")) {
    const url = new URL(link.href);
    for (const name of ["filter", "sort"]) {
      url.searchParams.delete(name);
      if (look[name]) {
        url.searchParams.set(name, look[name]);
      }
    }
    link.href = url.href;
  }
}
