// The end of a number or a time that is shown in softer ink, by the same rules as the server's (src/web/clip/table/cell.rs).
import { element } from "../../element.js";

const PLAIN = /^-?\d+\.\d+$/;
const END = /^[\d.+:-]+$/;
const SECONDS = ":00:00".length;

// Where zeros after the decimal point begin, or the fraction of a second and the time zone; the text's length if nowhere.
export function softStart(text, { isNumber, hasTime }) {
  if (isNumber) {
    return PLAIN.test(text) && text.endsWith("0") ? zeros(text) : text.length;
  }
  return hasTime ? afterSeconds(text) : text.length;
}

function zeros(text) {
  let start = text.length;
  while (text[start - 1] === "0") {
    start -= 1;
  }
  return text[start - 1] === "." ? start - 1 : start;
}

function afterSeconds(text) {
  const colon = text.indexOf(":");
  const start = colon + SECONDS;
  return colon >= 0 && END.test(text.slice(start)) ? start : text.length;
}

// The text as nodes: from `soft` on in softer ink, and the `found` pairs of start and end highlighted.
export function inked(text, soft, found = []) {
  if (soft >= text.length && found.length === 0) {
    return [text];
  }
  const edges = [...new Set([0, ...found.flat(), Math.min(soft, text.length), text.length])].sort((one, other) => one - other);
  return edges.slice(1).map((end, index) => {
    const start = edges[index];
    const isFound = found.some(([from, to]) => from <= start && end <= to);
    const mark = isFound ? element("mark", "") : undefined;
    const ink = start >= soft ? element("span", "soft") : undefined;
    mark?.append(text.slice(start, end));
    ink?.append(mark ?? text.slice(start, end));
    return ink ?? mark ?? text.slice(start, end);
  });
}
