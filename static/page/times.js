// Times in the reader's own zone, with UTC where the pointer rests; and ages that stay true while a page is open. Ages
// count on from the server's, whatever the clock here says. Rows are never touched: their times are data.
const EVERY = 30_000;
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];
// Of this locale because it writes 2026-11-22 06:30.
const local = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });

const begun = new WeakMap();

function tell(time) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.getTime())) {
    return;
  }
  const here = local.format(moment);
  if (!begun.has(time)) {
    begun.set(time, performance.now());
    const utc = time.title || time.textContent;
    time.title = utc.startsWith(here) ? utc : `${here} in your time zone, ${utc}`;
  }
  const words = time.dataset.age === undefined ? here : ago(time, here);
  if (time.textContent !== words) {
    time.textContent = words;
  }
}

// In the words of the server.
function ago(time, here) {
  const age = Number(time.dataset.age) + (performance.now() - begun.get(time)) / 1_000;
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

function tellAll(part) {
  part.querySelectorAll("time").forEach(tell);
}

tellAll(document);
setInterval(() => tellAll(document), EVERY);
new MutationObserver((changes) => {
  for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
    if (node instanceof Element) {
      tellAll(node.parentElement ?? node);
    }
  }
}).observe(document.body, { childList: true, subtree: true });
