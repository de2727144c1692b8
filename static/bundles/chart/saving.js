// Saves the picture as PNG at double resolution or as SVG, with the clip's title and the time when its rows were checked;
// in light colours, whatever the theme: it goes into mails and documents.
import { init } from "./library.js";
import { option } from "./option.js";
import { lightPalette } from "./palette.js";
import { shape } from "./shape.js";

const WIDTH = 1_000;
const HEIGHT = 520;
const HEADING = 64;

export function offerSaving(figure, picture) {
  const buttons = figure.querySelector("[data-chart-save]");
  buttons.hidden = false;
  buttons.addEventListener("click", async (event) => {
    const format = event.target.closest("[data-save]")?.dataset.save;
    if (format) {
      const blob = format === "png" ? await png(figure, picture) : svg(figure, picture);
      save(blob, `${fileName(figure.dataset.title)}.${format}`);
    }
  });
}

function svg(figure, picture) {
  const { height, ...rest } = titled(figure, picture);
  const instance = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  instance.setOption(rest);
  const text = instance.renderToSVGString();
  instance.dispose();
  return new Blob([text], { type: "image/svg+xml" });
}

async function png(figure, picture) {
  const { height, ...rest } = titled(figure, picture);
  const instance = init(document.createElement("div"), null, { renderer: "canvas", width: WIDTH, height });
  instance.setOption(rest);
  const canvas = instance.renderToCanvas({ pixelRatio: 2, backgroundColor: rest.backgroundColor });
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  instance.dispose();
  return blob;
}

function titled(figure, picture) {
  const colours = { ...lightPalette(figure.querySelector("[data-canvas]")), font: "sans-serif" };
  const { title, checked } = figure.dataset;
  const shaped = shape(picture, WIDTH);
  const { height, ...rest } = option(shaped, colours, WIDTH, HEADING);
  return {
    ...rest,
    height: Math.max(height, HEIGHT),
    title: {
      text: title,
      subtext: `${[`Checked ${checked}.`, ...shaped.notes].join(" ")}`,
      left: 8,
      top: 8,
      textStyle: { color: colours.ink, width: WIDTH - 16, overflow: "truncate" },
      subtextStyle: { color: colours.soft, width: WIDTH - 16, overflow: "truncate" },
    },
    tooltip: { show: false },
  };
}

// Replaces characters that are special to file systems and shells with an underscore.
function fileName(title) {
  const name = title.replaceAll(/[\p{Cc}/\\:*?"<>|]+/gu, "_").trim();
  return name === "" ? "chart" : name;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
