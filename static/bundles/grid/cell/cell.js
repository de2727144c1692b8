// The content of one cell: its text on one line.
import { element } from "../../element.js";
import { hyperlink, target } from "./hyperlink.js";
import { inked, softStart } from "./soft.js";

const BREAK = /\r\n|\n|\r/;

// `text` is undefined if the row has not arrived yet, and null for NULL.
export function fill(cell, text, { column, isCut, filter }) {
  cell.classList.toggle("pending", text === undefined);
  if (text === undefined) {
    return;
  }
  if (text === null) {
    cell.append(span("null", "NULL"));
    return;
  }
  const address = isCut ? undefined : target(text);
  if (address) {
    const link = hyperlink(text, address);
    link.tabIndex = -1;
    cell.append(link);
    return;
  }
  const soft = isCut ? text.length : softStart(text, column);
  const lines = text.split(BREAK);
  lines.forEach((line, index) => {
    if (index > 0) {
      cell.append(span("break", "↵"));
    }
    cell.append(...inked(line, soft, found(line, filter)));
  });
  if (isCut) {
    cell.append("…");
  }
  if (isCut || lines.length > 1 || (column.isJson && /^[[{]/.test(text))) {
    cell.classList.add("more");
    cell.append(opener());
  }
}

// Where the filter's text is, as pairs of start and end.
function found(text, filter) {
  const needle = filter.toLowerCase();
  const lower = text.toLowerCase();
  if (needle === "" || lower.length !== text.length) {
    return [];
  }
  const places = [];
  for (let start = lower.indexOf(needle); start >= 0; start = lower.indexOf(needle, start + needle.length)) {
    places.push([start, start + needle.length]);
  }
  return places;
}

function opener() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "opener";
  button.tabIndex = -1;
  button.textContent = "⋯";
  button.setAttribute("aria-label", "Open");
  return button;
}

function span(className, text) {
  const span = element("span", className);
  span.textContent = text;
  return span;
}
