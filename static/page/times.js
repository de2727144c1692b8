// Shows times in the reader's time zone, with UTC as the tooltip, and keeps ages current while a page is open. Ages continue
// from the server's value, so that a wrong clock here does no harm. Rows are never touched: their times are data.
const EVERY = 30_000;
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];
// This locale, because it writes 2026-11-22 06:30.
const local = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });

// When this page first formatted each time element.
const firstSeen = new WeakMap();

function format(time) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.getTime())) {
    return;
  }
  const here = local.format(moment);
  if (!firstSeen.has(time)) {
    firstSeen.set(time, performance.now());
    const utc = time.title || time.textContent;
    time.title = utc.startsWith(here) ? utc : `${here} in your time zone, ${utc}`;
  }
  const text = time.dataset.age === undefined ? here : ago(time, here);
  if (time.textContent !== text) {
    time.textContent = text;
  }
}

// In the same words as the server's (src/web/page/time_tag.rs).
function ago(time, here) {
  const age = Number(time.dataset.age) + (performance.now() - firstSeen.get(time)) / 1_000;
  if (age < MINUTE) {
    return "just now";
  }
  if (age >= 30 * DAY) {
    return here.slice(0, 10);
  }
  const [unit, name] = age < HOUR ? [MINUTE, "minute"] : age < DAY ? [HOUR, "hour"] : [DAY, "day"];
  const count = Math.floor(age / unit);
  return `${count} ${name}${count === 1 ? "" : "s"} ago`;
}

function formatAll(part) {
  part.querySelectorAll("time").forEach(format);
}

formatAll(document);
setInterval(() => formatAll(document), EVERY);
new MutationObserver((changes) => {
  for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
    if (node instanceof Element) {
      formatAll(node.parentElement ?? node);
    }
  }
}).observe(document.body, { childList: true, subtree: true });
