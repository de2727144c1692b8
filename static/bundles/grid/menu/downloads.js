// Keeps the downloads of filtered rows in the page's menu in step with the table, whose filter and order change without a reload.
import { count } from "../../count.js";
import { withLook } from "../look.js";

export function followDownloads(look, matching) {
  const part = document.querySelector("[data-narrowed]");
  if (!part) {
    return;
  }
  part.hidden = look.filter === "";
  part.querySelector("[data-narrowed-words]").textContent = count(matching, "filtered row");
  for (const link of part.querySelectorAll("a")) {
    link.href = withLook(link.href, look);
  }
}
