// The option object with which ECharts draws a shaped picture, for a palette and a width.
import { CHARACTER, LINE_HEIGHT, axes, barsHeight, goalOf, isLying, short } from "./axes.js";
import { isPoint } from "./places.js";
import { tooltip } from "./tooltip.js";

// Above and below the drawing area: the titles and labels of the axes.
const ABOVE = 28;
const BELOW = 36;
const PLOT_MIN = 180;
// With more than MARKS_MAX points, lines have no marks; with more than LARGE, ECharts draws points or bars in bulk.
const MARKS_MAX = 100;
const LARGE = 3_000;

const MARKS = ["circle", "rect", "triangle", "diamond", "roundRect", "emptyCircle", "emptyRect", "emptyTriangle"];
const DASHES = ["solid", "dashed", "dotted", [10, 3, 2, 3], [14, 4], [4, 2, 4, 6], [2, 6], [10, 3, 2, 3, 2, 3]];

// `height` is what the picture needs at least.
export function option(picture, palette, width, extra = 0) {
  const legend = picture.series.length > 1 ? legendHeight(picture, width) : 0;
  const lying = isLying(picture);
  const mayDiffer = picture.series.length > 1 && (picture.kind === "bar" || picture.isStacked);
  const goalAt = picture.series.findIndex(({ scale }) => scale === 0);
  const top = extra + legend + ABOVE;
  return {
    height: top + BELOW + (lying ? barsHeight(picture) + LINE_HEIGHT : PLOT_MIN),
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
    grid: { left: 8, right: 24, top: lying && picture.scales.length > 1 ? top + LINE_HEIGHT : top, bottom: BELOW, containLabel: true },
    tooltip: tooltip(picture, palette),
    ...axes(picture, palette, width),
    series: picture.series.map((one, index) => ({ ...series(picture, one, index, palette, lying), ...(index === goalAt ? goal(picture, palette, lying) : {}) })),
  };
}

function series(picture, { name, data, scale }, index, palette, lying) {
  const common = { name, data: lying ? data.map(([x, y, row]) => [y, x, row]) : data, dimensions: ["x", "y", "row"], encode: { x: 0, y: 1 }, emphasis: { disabled: true }, [lying ? "xAxisIndex" : "yAxisIndex"]: scale };
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
        // A value that only fills a stack is not a point.
        symbolSize: (point) => (isPoint(point) ? 7 : 0),
        showSymbol: data.length <= MARKS_MAX || isBroken(data),
        showAllSymbol: true,
        lineStyle: { width: data.length > LARGE ? 1 : 2, type: DASHES[(index + round) % DASHES.length] },
        areaStyle: area(picture),
      };
    case "bar":
      return { ...common, type: "bar", stack, barMaxWidth: 64, large: data.length > LARGE };
    default:
      return { ...common, type: "scatter", symbol: mark, symbolSize: data.length > LARGE ? 4 : 8, large: data.length > LARGE, largeThreshold: LARGE, itemStyle: { opacity: 0.8 } };
  }
}

function area(picture) {
  if (picture.isStacked) {
    return { opacity: 0.5 };
  }
  return picture.look.area ? { opacity: 0.2 } : undefined;
}

// A line across the chart, in the scale at the left.
function goal(picture, palette, lying) {
  const value = goalOf(picture);
  if (value === undefined) {
    return {};
  }
  const text = `Goal ${picture.look.goal}${picture.isShare ? " %" : ""}`;
  return {
    markLine: {
      silent: true,
      symbol: "none",
      animation: false,
      precision: 20,
      lineStyle: { color: palette.ink, width: 1.5, type: [6, 4] },
      label: { formatter: text, position: labelPlace(picture, lying), color: palette.ink, backgroundColor: palette.paper, padding: [2, 4] },
      data: [{ [lying ? "xAxis" : "yAxis"]: value }],
    },
  };
}

function labelPlace({ scales }, lying) {
  if (lying) {
    return "end";
  }
  // The name of the second scale is at the end.
  return scales.length > 1 ? "insideMiddleTop" : "insideEndTop";
}

// Whether a point is between two gaps; without a mark it would be invisible.
function isBroken(data) {
  const isGap = (index) => data[index] === undefined || data[index][1] === null;
  return data.some((point, index) => point[1] !== null && isGap(index - 1) && isGap(index + 1));
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
