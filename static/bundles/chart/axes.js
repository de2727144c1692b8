// The axes with which ECharts draws a shaped picture: upright, or lying (horizontal bars) if they have many or long names.
import { TIMES, dateFormat, numberFormat } from "./numbers.js";

// The width and the height that a label takes.
export const CHARACTER = 7;
export const LINE_HEIGHT = 20;
const LABEL_CHARACTERS = 24;
const LYING_CHARACTERS = 40;
const NARROW = 500;
// What the labels of the values take from the width.
const MARGINS = 80;
const LABELS_MAX = 40;
const SLANT_DEGREES = 35;
// Bars lie if there are more names than this, or longer ones; with very many, not even lying bars could be read.
const UPRIGHT_MAX = 12;
const UPRIGHT_CHARACTERS = 16;
const LYING_MAX = 250;

export function isLying(picture) {
  const { kind, xRole, categories } = picture;
  const isNamed = kind === "bar" && xRole === "category" && categories.length > 1 && categories.length <= LYING_MAX;
  return isNamed && (categories.length > UPRIGHT_MAX || categories.some((text) => text.length > UPRIGHT_CHARACTERS));
}

// The height that lying bars need for themselves.
export function barsHeight(picture) {
  const side = picture.isStacked ? 1 : picture.series.length;
  return picture.categories.length * Math.max(LINE_HEIGHT, 8 + 8 * side);
}

export function axes(picture, palette, width) {
  const places = { ...look(palette), ...placeAxis(picture, palette, width) };
  const values = picture.scales.map((scale) => ({ ...look(palette), ...valueAxis(picture, palette, scale) }));
  return isLying(picture) ? { xAxis: values.map((axis) => lie(axis, width)), yAxis: standing(picture, places, palette, width) } : { xAxis: named(picture, places, palette), yAxis: values };
}

function named(picture, axis, palette) {
  return { nameGap: 30, ...axis, name: short(picture.xTitle), nameLocation: "middle", nameTextStyle: { color: palette.soft } };
}

// The axis of names at the left, from top to bottom.
function standing(picture, axis, palette, width) {
  const room = Math.min(LYING_CHARACTERS, Math.floor((width * 0.4) / CHARACTER));
  return {
    ...axis,
    inverse: true,
    axisLabel: { color: palette.soft, formatter: (text) => middleCut(text, room), interval: 0 },
    axisTick: { show: false },
    name: short(picture.xTitle),
    nameLocation: "start",
    nameGap: 10,
    nameTextStyle: { color: palette.soft, align: "right" },
  };
}

function lie(axis, width) {
  return { ...axis, splitNumber: width < NARROW ? 3 : 5, nameLocation: "middle", nameGap: 30, nameTextStyle: { ...axis.nameTextStyle, align: "center" }, axisLabel: { ...axis.axisLabel, hideOverlap: true } };
}

function valueAxis(picture, palette, scale) {
  const { kind, isStacked, isShare, isLog, look } = picture;
  const format = numberFormat(isShare ? { numbers: "percent", decimals: look.decimals } : look);
  const isFree = isLog || (kind !== "bar" && !isStacked && !look.area);
  const goal = scale === 0 ? goalOf(picture) : undefined;
  return {
    type: isLog ? "log" : "value",
    scale: isFree,
    // Reaches the goal; elsewhere ECharts chooses round ends.
    min: ({ min }) => (goal < min && (isFree || goal < 0) ? goal : null),
    max: ({ max }) => (isShare ? 1 : goal > max && (isFree || goal > 0) ? goal : null),
    axisLabel: { color: palette.soft, formatter: format },
    splitLine: { show: scale === 0, lineStyle: { color: palette.line } },
    name: valueName(picture, scale),
    nameTextStyle: { color: palette.soft, align: scale === 0 ? "left" : "right" },
  };
}

// Where the goal line is; undefined without one. The goal of shares is in per cent.
export function goalOf({ look, isShare, isLog }) {
  const goal = look.goal === undefined ? undefined : Number(look.goal) / (isShare ? 100 : 1);
  return isLog && goal <= 0 ? undefined : goal;
}

function valueName({ yTitle, y, scales, series }, scale) {
  if (yTitle !== undefined && scale === 0) {
    return short(yTitle);
  }
  const names = scales.length === 1 ? y : y.filter((_, column) => series.some((one) => one.column === column && one.scale === scale));
  return names.length === 1 || scales.length > 1 ? short(names.join(", ")) : "";
}

function placeAxis(picture, palette, width) {
  if (picture.axis === "category") {
    return { type: "category", data: picture.categories, ...categoryLabels(picture, palette, width) };
  }
  if (picture.axis === "time") {
    return { type: "time", axisLabel: { color: palette.soft, hideOverlap: true, formatter: TIMES } };
  }
  // Digits are not grouped, because the numbers may be years.
  return { type: "value", scale: true, axisLabel: { color: palette.soft, formatter: String, hideOverlap: true } };
}

// A few categories are all labelled, slanted if they do not fit side by side; of many categories, only some are labelled.
function categoryLabels(picture, palette, width) {
  const { categories } = picture;
  const format = picture.xRole === "time" ? dateFormat(categories) : short;
  const longest = categories.slice(0, LABELS_MAX).reduce((most, text) => Math.max(most, format(text).length), 0);
  const each = (width - MARGINS) / categories.length;
  const isCrowded = longest * CHARACTER + 12 > each;
  const isTight = categories.length > LABELS_MAX || each < LINE_HEIGHT - 4;
  if (!isCrowded && !isTight) {
    return { axisLabel: { color: palette.soft, formatter: format, interval: 0 } };
  }
  if (isTight || picture.xRole === "time") {
    return { axisLabel: { color: palette.soft, formatter: format, hideOverlap: true } };
  }
  const height = Math.ceil(longest * CHARACTER * Math.sin((SLANT_DEGREES * Math.PI) / 180));
  return { axisLabel: { color: palette.soft, formatter: format, interval: 0, rotate: SLANT_DEGREES }, nameGap: height + LINE_HEIGHT + 6 };
}

function look(palette) {
  return {
    axisLabel: { color: palette.soft },
    axisLine: { lineStyle: { color: palette.strong } },
    axisTick: { lineStyle: { color: palette.strong } },
    splitLine: { lineStyle: { color: palette.line } },
  };
}

// Names that begin alike differ at their end.
function middleCut(text, room) {
  const line = oneLine(text);
  const end = Math.floor(room / 2);
  return line.length > room ? `${line.slice(0, room - end - 1)}…${line.slice(-end)}` : line;
}

function oneLine(text) {
  return String(text).replaceAll(/\s+/g, " ");
}

export function short(text) {
  const line = oneLine(text);
  return line.length > LABEL_CHARACTERS ? `${line.slice(0, LABEL_CHARACTERS - 1)}…` : line;
}
