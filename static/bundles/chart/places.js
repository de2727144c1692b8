// Where the rows of a chart are along x. Each way has `of(row, group)`, the row's place or undefined, and `finish`, once all rows
// have theirs.
import { grouped } from "../count.js";
import { moment, number } from "./values.js";

const CATEGORIES_MAX = 2_000;

export function placing(plan, picture, leave) {
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
      leave(`at a “${picture.x}” that their series already has`);
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

// Why a row has no place.
export function noPlace({ axis, x }) {
  const why = axis === "time" ? "NULL, infinity, or BC" : "NULL, NaN or infinity";
  return `without a position on “${x}” (${why})`;
}

// Not a gap, and not what fills a stack.
export function isPoint([, y, row]) {
  return y !== null && row !== null;
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
