// Draws the chart of a clip's page from the result that the page shows, in the theme's colours; draws it again when the page
// shows other rows or its form is changed.
import { describe } from "./describe.js";
import { followForm } from "./form.js";
import { init } from "./library.js";
import { option } from "./option.js";
import { palette, whenThemeChanges } from "./palette.js";
import { read } from "./points.js";
import { offerSaving } from "./saving.js";
import { shape } from "./shape.js";

// The charts by figure, so that another theme redraws them without fetching the columns again.
const drawn = new Map();
// Every place is at least as high as this; see chart.css.
const SMALL = 288;

// Removes `since` from the address: somebody who shares it shares the chart, not the minimum age of its rows.
function tidyAddress() {
  const url = new URL(location.href);
  if (url.searchParams.has("since")) {
    url.searchParams.delete("since");
    history.replaceState(history.state, "", url);
  }
}

function drawWhatIsNew() {
  for (const [figure, { instance, observer }] of drawn) {
    if (!figure.isConnected) {
      observer?.disconnect();
      instance?.dispose();
      drawn.delete(figure);
    }
  }
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    if (!drawn.has(figure)) {
      drawn.set(figure, {});
      draw(figure);
    }
  }
}

async function draw(figure) {
  const status = figure.querySelector("[data-chart-status]");
  status.textContent = "Drawing…";
  try {
    const picture = read(JSON.parse(figure.dataset.chart), await columns(figure.dataset.source));
    if (drawn.has(figure)) {
      show(figure, picture);
    }
  } catch (error) {
    status.textContent = `The chart cannot be drawn: ${error.message}`;
  }
}

async function columns(source) {
  const response = await fetch(source, { headers: { Accept: "application/json" } });
  const body = await response.json();
  if (!response.ok) {
    throw new Error(body.error.message);
  }
  return body;
}

function show(figure, picture) {
  const host = figure.querySelector("[data-canvas]");
  const instance = init(host, null, { renderer: "canvas", width: host.clientWidth, height: host.clientHeight });
  const entry = { instance, picture, host, status: figure.querySelector("[data-chart-status]") };
  // Lets tests find the chart.
  host.chart = instance;
  host.setAttribute("role", "img");
  host.setAttribute("aria-label", describe(picture));
  entry.observer = new ResizeObserver(() => fit(entry));
  drawn.set(figure, entry);
  fit(entry);
  entry.observer.observe(host);
  if (figure.querySelector("[data-chart-save]")) {
    offerSaving(figure, picture);
  }
}

// Applies colours and size: as high as its place, or higher where many bars or a long legend need more.
function fit({ instance, picture, host, status }) {
  const width = host.clientWidth;
  const shaped = shape(picture, width);
  const { height, ...rest } = option(shaped, palette(host), width);
  host.style.minHeight = height > SMALL ? `${height}px` : "";
  host.toggleAttribute("data-long", height > SMALL);
  instance.resize({ width, height: host.clientHeight });
  instance.setOption(rest, { notMerge: true });
  const words = shaped.notes.join(" ");
  if (status.textContent !== words) {
    status.textContent = words;
  }
}

tidyAddress();
drawWhatIsNew();
followForm();
whenThemeChanges(() => [...drawn.values()].filter((entry) => entry.instance).forEach(fit));
new MutationObserver(drawWhatIsNew).observe(document.getElementById("main"), { childList: true, subtree: true });
