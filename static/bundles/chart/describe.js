// Describes a picture in words, for screen readers.
import { count } from "../count.js";
import { isPoint } from "./places.js";

const KINDS = { line: "Line chart", bar: "Bar chart", scatter: "Points" };

export function describe(picture) {
  const { kind, x, y, by, series } = picture;
  const what = `${KINDS[kind]} of ${y.join(", ")} along ${x}${by === null ? "" : ` by ${by}`}`;
  const size = `${count(picture.points, "point")} in ${series.length} series`;
  return [`${what}: ${size}`, ...ranges(picture)].join("; ");
}

function ranges(picture) {
  let least, greatest, first, last;
  for (const { data, text } of picture.series) {
    for (const [place, value, row] of data.filter(isPoint)) {
      if (!least || value < least.value) least = { value, text: text(row) };
      if (!greatest || value > greatest.value) greatest = { value, text: text(row) };
      if (!first || place < first.place) first = { place, text: picture.xText(row) };
      if (!last || place > last.place) last = { place, text: picture.xText(row) };
    }
  }
  if (!least) {
    return [];
  }
  return [`${picture.x} from ${first.text} to ${last.text}`, `values from ${least.text} to ${greatest.text}`];
}
