// Turns columns of texts into the points of a chart. Texts become numbers only to position a point; tooltips show the text.
// Nothing is aggregated: every row is either drawn as it is, or counted among those that are left out.
import { count, grouped } from "../count.js";

const SERIES_MAX = 20;
const CATEGORIES_MAX = 2_000;
const NOTHING = "NULL";

// The formats that PostgreSQL's ISO style prints, except infinity and years before Christ.
const MOMENT = /^(\d{4,6})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?)?$/;

// `plan` assigns the result's columns to the axes and series; see Plan in src/web/clip/chart/drawing.rs.
export function read(plan, result) {
  const name = (index) => result.fields[index];
  const picture = {
    kind: plan.kind,
    isStacked: plan.stacked,
    x: plan.x === null ? "row" : name(plan.x),
    y: plan.y.map(name),
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
  picture.points = picture.series.reduce((sum, { data }) => sum + data.filter((point) => point[1] !== null).length, 0);
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

// Adds each row's values to their series, as [x, y, row].
function place(plan, result, groups, picture) {
  const places = placing(plan, picture);
  const left = { x: 0, y: 0 };
  for (let row = 0; row < result.rows; row += 1) {
    const group = plan.series === null ? 0 : groups.get(result.columns[plan.series][row]);
    const first = group * plan.y.length;
    if (first >= picture.series.length) {
      continue;
    }
    const x = places.of(row, group);
    if (x === undefined) {
      left.x += 1;
      continue;
    }
    plan.y.forEach((column, index) => {
      const y = number(result.columns[column][row]);
      left.y += y === undefined ? 1 : 0;
      picture.series[first + index]?.data.push([x, y ?? null, row]);
    });
  }
  places.finish();
  noteLeftOut(left, picture);
}

function placing(plan, picture) {
  if (picture.axis === "category") {
    return plan.kind === "scatter" ? categories(picture) : slots(picture);
  }
  return picture.isStacked ? alignedValues(picture) : values(plan, picture);
}

function valueOf(picture, row) {
  const text = picture.xText(row);
  return picture.axis === "time" ? moment(text) : number(text);
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

// Stacked series need the same positions: a series without a value at one has a gap there.
function alignedValues(picture) {
  const seen = new Map();
  return {
    of(row, group) {
      const x = valueOf(picture, row);
      if (x === undefined) {
        return undefined;
      }
      return { x, turn: turn(seen, group, x) };
    },
    finish() {
      const keys = new Map();
      for (const { data } of picture.series) {
        for (const [{ x, turn }] of data) {
          keys.set(`${x} ${turn}`, { x, turn });
        }
      }
      const order = [...keys.entries()].sort(([, a], [, b]) => a.x - b.x || a.turn - b.turn);
      const index = new Map(order.map(([key], place) => [key, place]));
      for (const one of picture.series) {
        const aligned = order.map(([, { x }]) => [x, null, null]);
        for (const [{ x, turn }, y, row] of one.data) {
          aligned[index.get(`${x} ${turn}`)] = [x, y, row];
        }
        one.data = aligned;
      }
      noteShared([...keys.values()].filter(({ turn }) => turn > 0).length, picture);
    },
  };
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

// Null for NULL; undefined for a value that cannot be drawn, such as NaN and infinity.
function number(text) {
  if (text === null) {
    return null;
  }
  const value = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
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

function noteLeftOut({ x, y }, picture) {
  if (x > 0) {
    const why = picture.axis === "time" ? "NULL, infinity, or before Christ" : "NULL, NaN or infinity";
    picture.notes.push(`${count(x, "row")} left out: “${picture.x}” has no place there (${why}).`);
  }
  if (y > 0) {
    picture.notes.push(`${count(y, "value")} left out: NaN or infinity.`);
  }
}
