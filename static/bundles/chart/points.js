// Turns columns of texts into the points of a chart. Nothing is aggregated: every value is either drawn as it is, or counted among
// those that are not drawn.
import { count, grouped } from "../count.js";
import { isPoint, noPlace, placing } from "./places.js";
import { number, whyUndrawn } from "./values.js";

const SERIES_MAX = 20;
const NOTHING = "NULL";

// `plan` assigns the result's columns to the axes and series; see Plan in src/web/clip/chart/drawing.rs.
export function read(plan, result) {
  const name = (index) => result.fields[index];
  const picture = {
    kind: plan.kind,
    isStacked: plan.stacked,
    look: plan,
    x: plan.x === null ? "row" : name(plan.x),
    y: plan.y.map(name),
    xTitle: plan.x_title ?? (plan.x === null ? "row" : name(plan.x)),
    yTitle: plan.y_title,
    xRole: plan.x === null ? "number" : plan.roles[plan.x],
    by: plan.series === null ? null : name(plan.series),
    axis: axis(plan),
    // The labels of a category axis, in order.
    categories: [],
    notes: [],
    xText: (row) => (plan.x === null ? String(row + 1) : (result.columns[plan.x][row] ?? NOTHING)),
  };
  const groups = plan.series === null ? new Map([[null, 0]]) : distinct(result.columns[plan.series]);
  const all = series(plan, result, groups, picture);
  picture.series = all.slice(0, SERIES_MAX);
  place(plan, result, groups, picture);
  noteSeries(all, picture);
  picture.points = picture.series.reduce((sum, { data }) => sum + data.filter(isPoint).length, 0);
  picture.notes.unshift(`${count(picture.points, "point")}.`);
  if (result.truncated) {
    picture.notes.push("The query returns more rows than are here.");
  }
  return picture;
}

function axis(plan) {
  if (plan.x === null) {
    return plan.kind === "bar" ? "category" : "number";
  }
  return plan.kind === "bar" ? "category" : plan.roles[plan.x];
}

// The distinct values in order of appearance, each with its position.
function distinct(values) {
  const places = new Map();
  for (const value of values) {
    if (!places.has(value)) {
      places.set(value, places.size);
    }
  }
  return places;
}

// One series for each group and column of y.
function series(plan, result, groups, picture) {
  return [...groups.keys()].flatMap((group) =>
    plan.y.map((column, index) => ({
      name: seriesName(plan, group, picture.y[index]),
      column: index,
      data: [],
      text: (row) => result.columns[column][row] ?? NOTHING,
    })),
  );
}

function seriesName(plan, group, column) {
  if (plan.series === null) {
    return column;
  }
  const value = group ?? NOTHING;
  return plan.y.length === 1 ? value : `${value}, ${column}`;
}

// Adds each row's values to their series, as [x, y, row], and counts those that are not drawn by the reason.
function place(plan, result, groups, picture) {
  const undrawn = new Map();
  const leave = (reason, times = 1) => undrawn.set(reason, (undrawn.get(reason) ?? 0) + times);
  const places = placing(plan, picture, leave);
  for (let row = 0; row < result.matching; row += 1) {
    const group = plan.series === null ? 0 : groups.get(result.columns[plan.series][row]);
    const first = group * plan.y.length;
    const drawn = picture.series.slice(first, first + plan.y.length);
    const x = drawn.length > 0 ? places.of(row, group) : undefined;
    if (x === undefined) {
      leave(noPlace(picture), drawn.length);
      continue;
    }
    drawn.forEach(({ data }, index) => {
      const text = result.columns[plan.y[index]][row];
      const y = number(text);
      if (y === null) {
        leave(whyUndrawn(text));
      }
      data.push([x, y, row]);
    });
  }
  places.finish();
  noteUndrawn(undrawn, picture);
  noteRounded(picture);
}

function noteSeries(all, picture) {
  if (all.length > SERIES_MAX) {
    picture.notes.push(`Only the first ${SERIES_MAX} of ${grouped(all.length)} series are drawn.`);
  }
}

// “3 values are not drawn: 1 NULL; 2 not in the form $1,234.50.”
function noteUndrawn(undrawn, picture) {
  const reasons = [...undrawn].filter(([, times]) => times > 0);
  const sum = reasons.reduce((sum, [, times]) => sum + times, 0);
  if (sum > 0) {
    const why = reasons.map(([reason, times]) => (reasons.length === 1 ? reason : `${grouped(times)} ${reason}`)).join("; ");
    picture.notes.push(`${count(sum, "value")} ${sum === 1 ? "is" : "are"} not drawn: ${why}.`);
  }
}

// A number with an exponent is a float, which has no more digits than are drawn.
function noteRounded(picture) {
  const isRounded = (text) => !text.includes("e") && Math.abs(number(text)) > Number.MAX_SAFE_INTEGER;
  const isAlong = (row) => picture.axis === "number" && isRounded(picture.xText(row));
  const rounded = picture.series.flatMap(({ data, text }) => data.filter(isPoint).filter(([, , row]) => isRounded(text(row)) || isAlong(row)));
  if (rounded.length > 0) {
    picture.notes.push(`${count(rounded.length, "point")} beyond 2⁵³ ${rounded.length === 1 ? "is" : "are"} drawn to about 16 digits.`);
  }
}
