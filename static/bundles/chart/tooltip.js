// What is shown of the points that are pointed at: the texts of their rows, never a number that was calculated with.
import { isLying, short } from "./axes.js";
import { numberFormat } from "./numbers.js";
import { isPoint } from "./places.js";

const CHARACTERS_MAX = 72;
const percent = numberFormat({ numbers: "percent", decimals: 1 });

// Rich text instead of HTML: values of rows are never read as markup.
export function tooltip(picture, palette) {
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
    const share = picture.isShare ? ` (${percent(data[isLying(picture) ? 0 : 1])})` : "";
    return `${short(name)}: ${text(data[2])}${share}`;
  });
  return [`${short(picture.x)}: ${long(picture.xText(points[0].data[2]))}`, ...lines].map(plain).join("\n");
}

// ECharts would read `{name|text}` as markup.
function plain(text) {
  return text.replaceAll("{", "{\u2060");
}

function long(text) {
  return text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}…` : text;
}
