// Shapes the points of a picture for its canvas: shares of stacks, fewer points than there are pixels, a second scale. What is
// drawn is always a point of the rows, so that pointing at it shows the row's own text.
import { count, grouped } from "../count.js";
import { isPoint } from "./places.js";

// Points for each pixel of the width, above which a line is thinned: two for each step, and a step is a pixel wide.
const POINTS_A_PIXEL = 2;
const SCALES_DIFFER_BY = 20;

export function shape(picture, width) {
  const shaped = { ...picture, notes: [...picture.notes], isLog: picture.look.log };
  shaped.series = picture.series.map((one) => ({ ...one }));
  refuseLog(shaped);
  takeShares(shaped);
  thin(shaped, width);
  takeScales(shaped);
  return shaped;
}

function refuseLog(picture) {
  if (!picture.isLog) {
    return;
  }
  const below = all(picture).filter(([, y]) => y <= 0).length;
  if (below > 0) {
    picture.isLog = false;
    const are = below === 1 ? "is" : "are";
    picture.notes.unshift(`A logarithmic scale needs values above 0, and ${grouped(below)} ${are} not: the scale is linear.`);
  }
}

// Each value becomes its part of all values at the same position.
function takeShares(picture) {
  picture.isShare = picture.look.share;
  if (!picture.isShare) {
    return;
  }
  if (all(picture).some(([, y]) => y < 0)) {
    picture.isShare = false;
    picture.notes.unshift("Shares need values of 0 or more, and some are negative: the values are stacked as they are.");
    return;
  }
  const sums = new Map();
  for (const [x, y] of all(picture)) {
    sums.set(x, (sums.get(x) ?? 0) + y);
  }
  for (const one of picture.series) {
    one.data = one.data.map(([x, y, row]) => [x, y === null || !sums.get(x) ? y : y / sums.get(x), row]);
  }
}

// Keeps the lowest and the highest point of a line within each step, and its gaps.
function thin(picture, width) {
  if (picture.kind !== "line" || picture.isStacked || picture.axis === "category") {
    return;
  }
  const steps = Math.max(Math.floor(width), 100);
  let most = 0;
  for (const one of picture.series) {
    if (one.data.length > POINTS_A_PIXEL * steps) {
      const bins = split(one.data, steps);
      most = Math.max(most, ...bins.map((bin) => bin.length));
      one.data = bins.flatMap(extremes);
    }
  }
  if (most > 0) {
    picture.notes[0] = `${count(picture.points, "point")}. Each point is the lowest or highest of up to ${grouped(most)} rows.`;
  }
}

// Points in the order of x, by equal steps of it.
function split(data, steps) {
  const [first] = data[0];
  const [last] = data[data.length - 1];
  const bins = Array.from({ length: steps }, () => []);
  for (const point of data) {
    const step = last > first ? Math.floor(((point[0] - first) / (last - first)) * steps) : 0;
    bins[Math.min(step, steps - 1)].push(point);
  }
  return bins;
}

function extremes(bin) {
  const points = bin.filter(isPoint);
  if (points.length === 0) {
    return bin.slice(0, 1);
  }
  const lowest = points.reduce((least, point) => (point[1] < least[1] ? point : least));
  const highest = points.reduce((most, point) => (point[1] > most[1] ? point : most));
  return bin.filter((point) => point === lowest || point === highest);
}

// The columns of small values get a scale of their own if those of the others are many times greater.
function takeScales(picture) {
  const isPossible = picture.y.length > 1 && !picture.isStacked && !picture.isLog;
  const small = isPossible ? smallOnes(picture) : new Set();
  for (const one of picture.series) {
    one.scale = small.has(one.column) ? 1 : 0;
  }
  picture.scales = small.size > 0 ? [0, 1] : [0];
}

// Splits the columns where their sizes differ most.
function smallOnes(picture) {
  const sizes = picture.y.map((_, column) => ({ column, size: size(picture, column) })).filter(({ size }) => size > 0);
  sizes.sort((one, other) => other.size - one.size);
  if (sizes.length < 2 || sizes[0].size < SCALES_DIFFER_BY * sizes.at(-1).size) {
    return new Set();
  }
  const gap = (index) => sizes[index - 1].size / sizes[index].size;
  let widest = 1;
  for (let index = 2; index < sizes.length; index += 1) {
    widest = gap(index) > gap(widest) ? index : widest;
  }
  return new Set(sizes.slice(widest).map(({ column }) => column));
}

function size(picture, column) {
  const drawn = picture.series.filter((one) => one.column === column);
  let most = 0;
  for (const [, y] of drawn.flatMap(({ data }) => data.filter(isPoint))) {
    most = Math.max(most, Math.abs(y));
  }
  return most;
}

function all(picture) {
  return picture.series.flatMap(({ data }) => data.filter(isPoint));
}
