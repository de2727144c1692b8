// Turns columns of texts into the points of a chart. Texts become numbers only to position a point; tooltips show the text.
// Nothing is aggregated: every value is either drawn as it is, or counted among those that are not drawn.
import { count, grouped } from "../count.js";

const SERIES_MAX = 20;
const CATEGORIES_MAX = 2_000;
const NOTHING = "NULL";
// Why a value is not drawn.
const TOO_FAR = "NaN, infinity, or beyond 10³⁰⁸";
const NOT_READ = "not in the form $1,234.50";

// The formats that PostgreSQL's ISO style prints, except infinity and years before Christ.
const MOMENT = /^(\d{4,6})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?)?$/;
// Money as PostgreSQL prints it with lc_monetary C or en_US; digits are grouped differently elsewhere, so nothing is guessed.
const MONEY = /^(-?)\$(\d{1,3}(?:,\d{3})*\.\d\d)$/;

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

// Not a gap, and not what fills a stack.
export function isPoint([, y, row]) {
  return y !== null && row !== null;
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

function placing(plan, picture, leave) {
  if (plan.kind === "line" && picture.isStacked) {
    return stacked(picture, leave);
  }
  if (picture.axis === "category") {
    return plan.kind === "scatter" ? categories(picture) : slots(picture);
  }
  return values(plan, picture);
}

function valueOf(picture, row) {
  const text = picture.xText(row);
  return picture.axis === "time" ? moment(text) : (number(text) ?? undefined);
}

function values(plan, picture) {
  return {
    of: (row) => valueOf(picture, row),
    finish() {
      if (plan.kind === "line") {
        picture.series.forEach(({ data }) => data.sort((one, other) => one[0] - other[0]));
      }
    },
  };
}

// Stacked lines need the same positions: where a series has no value, it adds 0 to the others. Of several values of a series at
// one position, the first is drawn.
function stacked(picture, leave) {
  const places = picture.axis === "category" ? categories(picture) : { of: (row) => valueOf(picture, row), finish() {} };
  return {
    of: places.of,
    finish() {
      places.finish();
      const all = picture.series.map(({ data }) => firsts(data, picture, leave));
      const order = [...new Set(all.flatMap((points) => [...points.keys()]))].sort((one, other) => one - other);
      picture.series.forEach((one, index) => {
        one.data = order.map((x) => all[index].get(x) ?? [x, 0, null]);
      });
    },
  };
}

// The first point at each position.
function firsts(data, picture, leave) {
  const points = new Map();
  for (const point of data.filter(isPoint)) {
    if (points.has(point[0])) {
      leave(`at a “${picture.x}” that their series has already`);
    } else {
      points.set(point[0], point);
    }
  }
  return points;
}

// One position for each text.
function categories(picture) {
  const places = new Map();
  return {
    of(row) {
      const text = picture.xText(row);
      if (!places.has(text)) {
        places.set(text, places.size);
      }
      return places.get(text);
    },
    finish() {
      picture.categories = [...places.keys()];
      noteCategories(picture);
    },
  };
}

// One position for each text, and another for each further row of the same series with that text.
function slots(picture) {
  const [seen, places] = [new Map(), new Map()];
  let shared = 0;
  return {
    of(row, group) {
      const text = picture.xText(row);
      const again = turn(seen, group, text);
      const key = `${again} ${text}`;
      if (!places.has(key)) {
        places.set(key, places.size);
        picture.categories.push(text);
      }
      shared += again > 0 ? 1 : 0;
      return places.get(key);
    },
    finish() {
      for (const { data } of picture.series) {
        data.sort((one, other) => one[0] - other[0]);
      }
      noteShared(shared, picture);
      noteCategories(picture);
    },
  };
}

// How often this group has had this value before.
function turn(seen, group, value) {
  const key = `${group} ${value}`;
  const times = seen.get(key) ?? 0;
  seen.set(key, times + 1);
  return times;
}

// Null for what cannot be drawn.
function number(text) {
  const value = Number(plainNumber(text ?? ""));
  return Number.isFinite(value) ? value : null;
}

function whyUndrawn(text) {
  if (text === null) {
    return NOTHING;
  }
  return Number.isNaN(Number(text)) && text !== "NaN" ? NOT_READ : TOO_FAR;
}

// “-1234.50” for “-$1,234.50”; “NaN” for no number.
function plainNumber(text) {
  const [, sign, amount] = MONEY.exec(text) ?? [];
  return amount === undefined ? text.trim() || "NaN" : sign + amount.replaceAll(",", "");
}

export function moment(text) {
  const parts = MOMENT.exec(text);
  if (!parts) {
    return undefined;
  }
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = "0", sign = "+", ...offset] = parts;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const [hours = 0, minutes = 0, seconds = 0] = offset.map((part) => Number(part ?? 0));
  const away = ((hours * 60 + minutes) * 60 + seconds) * 1_000;
  return date.getTime() + Number(`0.${fraction}`) * 1_000 - (sign === "-" ? -away : away);
}

function noteSeries(all, picture) {
  if (all.length > SERIES_MAX) {
    picture.notes.push(`Only the first ${SERIES_MAX} of ${grouped(all.length)} series are drawn.`);
  }
}

function noteShared(shared, picture) {
  if (shared > 0) {
    const rows = shared === 1 ? "1 row has" : `${grouped(shared)} rows have`;
    picture.notes.push(`${rows} the same “${picture.x}” as an earlier one; each is drawn by itself.`);
  }
}

function noteCategories(picture) {
  if (picture.categories.length > CATEGORIES_MAX) {
    picture.notes.push(`${grouped(picture.categories.length)} categories are too many to tell apart: group them in the query, or choose another kind.`);
  }
}

function noPlace({ axis, x }) {
  const why = axis === "time" ? "NULL, infinity, or before Christ" : "NULL, NaN or infinity";
  return `without a place along “${x}” (${why})`;
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
