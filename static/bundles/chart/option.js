// The option object with which ECharts draws a picture, for a palette and a width.
import { isPoint } from "./points.js";

const HEIGHT = 380;
const LINE_HEIGHT = 20;
const CHARACTER = 7;
const LABEL_CHARACTERS = 24;
const LABELS_MAX = 40;
const SLANT_DEGREES = 35;
// With more than MARKS_MAX points, lines have no marks; with more than LARGE, ECharts draws points or bars in bulk.
const MARKS_MAX = 100;
const LARGE = 3_000;

// By the unit of a tick. Days include the month, because a day alone is ambiguous.
const TIMES = {
  year: "{yyyy}",
  month: "{MMM} {yyyy}",
  day: "{d} {MMM}",
  hour: "{HH}:{mm}",
  minute: "{HH}:{mm}",
  second: "{HH}:{mm}:{ss}",
  millisecond: "{ss}.{SSS}",
};
const MARKS = ["circle", "rect", "triangle", "diamond", "roundRect", "emptyCircle", "emptyRect", "emptyTriangle"];
const DASHES = ["solid", "dashed", "dotted", [10, 3, 2, 3], [14, 4], [4, 2, 4, 6], [2, 6], [10, 3, 2, 3, 2, 3]];

export function option(picture, palette, width, extra = 0) {
  const legend = picture.series.length > 1 ? legendHeight(picture, width) : 0;
  const isBar = picture.kind === "bar";
  const mayDiffer = picture.series.length > 1 && (isBar || picture.isStacked);
  return {
    height: HEIGHT + legend + extra,
    animation: false,
    useUTC: true,
    backgroundColor: palette.paper,
    color: palette.series,
    textStyle: { color: palette.ink, fontFamily: palette.font },
    aria: { enabled: mayDiffer, label: { enabled: false }, decal: { show: mayDiffer } },
    legend: {
      show: legend > 0,
      top: extra,
      left: 0,
      right: 0,
      itemGap: 14,
      itemHeight: 10,
      textStyle: { color: palette.ink },
      inactiveColor: palette.soft,
      formatter: short,
    },
    grid: { left: 8, right: 24, top: extra + legend + 28, bottom: 36, containLabel: true },
    tooltip: tooltip(picture, palette),
    xAxis: { ...look(palette), nameGap: 30, ...xAxis(picture, palette, width), name: short(picture.x), nameLocation: "middle", nameTextStyle: { color: palette.soft } },
    yAxis: { type: "value", scale: !isBar && !picture.isStacked, ...look(palette), name: yName(picture), nameTextStyle: { color: palette.soft, align: "left" } },
    series: picture.series.map((one, index) => series(picture, one, index, palette)),
  };
}

function yName(picture) {
  return picture.y.length === 1 ? short(picture.y[0]) : "";
}

function xAxis(picture, palette, width) {
  if (picture.axis === "category") {
    return { type: "category", data: picture.categories, ...categoryLabels(picture.categories, palette, width) };
  }
  if (picture.axis === "time") {
    return { type: "time", axisLabel: { color: palette.soft, hideOverlap: true, formatter: TIMES } };
  }
  // Digits are not grouped, because the numbers may be years.
  return { type: "value", scale: true, axisLabel: { color: palette.soft, formatter: String, hideOverlap: true } };
}

// A few categories are all labelled, slanted if they do not fit side by side; of many categories, only some are
// labelled.
function categoryLabels(categories, palette, width) {
  const longest = categories.slice(0, LABELS_MAX).reduce((most, text) => Math.max(most, short(text).length), 0);
  const isCrowded = longest * CHARACTER + 12 > width / categories.length;
  if (!isCrowded || categories.length > LABELS_MAX || width / categories.length < LINE_HEIGHT - 4) {
    return { axisLabel: { color: palette.soft, formatter: short, hideOverlap: true } };
  }
  const height = Math.ceil(longest * CHARACTER * Math.sin((SLANT_DEGREES * Math.PI) / 180));
  return { axisLabel: { color: palette.soft, formatter: short, interval: 0, rotate: SLANT_DEGREES }, nameGap: height + LINE_HEIGHT + 6 };
}

function look(palette) {
  return {
    axisLabel: { color: palette.soft },
    axisLine: { lineStyle: { color: palette.strong } },
    axisTick: { lineStyle: { color: palette.strong } },
    splitLine: { lineStyle: { color: palette.line } },
  };
}

function series(picture, { name, data }, index, palette) {
  const common = { name, data, dimensions: ["x", "y", "row"], encode: { x: 0, y: 1 } };
  const stack = picture.isStacked ? "all" : undefined;
  const round = Math.floor(index / palette.series.length);
  const mark = MARKS[(index + round) % MARKS.length];
  switch (picture.kind) {
    case "line":
      return {
        ...common,
        type: "line",
        stack,
        // Negative values are stacked too, so that the uppermost line is the sum.
        stackStrategy: "all",
        symbol: mark,
        // What fills a stack is no point.
        symbolSize: (point) => (isPoint(point) ? 7 : 0),
        showSymbol: data.length <= MARKS_MAX || isBroken(data),
        showAllSymbol: true,
        lineStyle: { width: data.length > LARGE ? 1 : 2, type: DASHES[(index + round) % DASHES.length] },
        areaStyle: picture.isStacked ? { opacity: 0.5 } : undefined,
        emphasis: { disabled: true },
      };
    case "bar":
      return { ...common, type: "bar", stack, barMaxWidth: 64, large: data.length > LARGE, emphasis: { disabled: true } };
    default:
      return { ...common, type: "scatter", symbol: mark, symbolSize: data.length > LARGE ? 4 : 8, large: data.length > LARGE, largeThreshold: LARGE, itemStyle: { opacity: 0.8 }, emphasis: { disabled: true } };
  }
}

// Whether a point is between two gaps; without a mark it would be invisible.
function isBroken(data) {
  const isGap = (index) => data[index] === undefined || data[index][1] === null;
  return data.some((point, index) => point[1] !== null && isGap(index - 1) && isGap(index + 1));
}

// Rich text instead of HTML: values of rows are never read as markup.
function tooltip(picture, palette) {
  const isOfPoint = picture.kind === "scatter";
  return {
    trigger: isOfPoint ? "item" : "axis",
    renderMode: "richText",
    confine: true,
    transitionDuration: 0,
    backgroundColor: palette.paper,
    borderColor: palette.strong,
    textStyle: { color: palette.ink, fontFamily: palette.font, fontSize: 13 },
    axisPointer: { type: picture.kind === "bar" ? "shadow" : "line", animation: false, lineStyle: { color: palette.strong }, shadowStyle: { color: palette.line, opacity: 0.4 } },
    formatter: (hovered) => tooltipText(picture, Array.isArray(hovered) ? hovered : [hovered]),
  };
}

function tooltipText(picture, hovered) {
  const points = hovered.filter(({ data }) => data && isPoint(data));
  if (points.length === 0) {
    return "";
  }
  const lines = points.map(({ seriesIndex, data }) => {
    const { name, text } = picture.series[seriesIndex];
    return `${short(name)}: ${text(data[2])}`;
  });
  return [`${short(picture.x)}: ${long(picture.xText(points[0].data[2]))}`, ...lines].map(plain).join("\n");
}

// ECharts would read `{name|text}` as markup.
function plain(text) {
  return text.replaceAll("{", "{\u2060");
}

function long(text) {
  return text.length > 3 * LABEL_CHARACTERS ? `${text.slice(0, 3 * LABEL_CHARACTERS)}…` : text;
}

export function short(text) {
  const line = String(text).replaceAll(/\s+/g, " ");
  return line.length > LABEL_CHARACTERS ? `${line.slice(0, LABEL_CHARACTERS - 1)}…` : line;
}

function legendHeight(picture, width) {
  let [lines, used] = [1, 0];
  for (const { name } of picture.series) {
    const needed = short(name).length * CHARACTER + 46;
    if (used > 0 && used + needed > width) {
      [lines, used] = [lines + 1, 0];
    }
    used += needed;
  }
  return lines * LINE_HEIGHT + 8;
}
