// An open page follows its query: it tells how far a run is, shows the rows of the first one, and offers newer rows
// instead of putting them under the reader's eyes. While somebody looks at it, it looks again.
const LOOK_AFTER_MAX = 600_000;
const RETRY_AFTER_MIN = 1_000;
const LOST = "The server does not answer.";

let events;
let timer;
let lookAfter;
let retryAfter = RETRY_AFTER_MIN;
// Whether the last try failed: the page itself may tell why, for what was asked for then.
let isInDoubt = false;
let askedAt;

const part = (id) => document.getElementById(id);
const resultOn = (page) => page.getElementById("notes").dataset.result;
// What this page shows: `result`, unless there is none yet; `since`, when the run was asked for that goes on; `stale`,
// where the last one failed; `follow`, unless nothing runs for it.
const shown = () => part("notes").dataset;
const progressNote = () => document.querySelector("[data-progress]");

function begin() {
  stop();
  lookAfter = Math.min(Number(shown().lookAfter), LOOK_AFTER_MAX);
  goOn();
}

function stop() {
  events?.close();
  clearTimeout(timer);
  events = timer = undefined;
}

function goOn() {
  progressNote()?.querySelector("[data-leave]")?.removeAttribute("hidden");
  if (shown().since) {
    follow();
  } else {
    wait(lookAfter);
  }
}

// Looks after the time if somebody is there then; else as soon as somebody is.
function wait(time) {
  stop();
  timer = setTimeout(() => {
    timer = undefined;
    look();
  }, time);
}

function look() {
  if (document.hidden || events || !shown().follow) {
    return;
  }
  const since = shown().since ?? askedAt;
  if (isInDoubt && since) {
    isInDoubt = false;
    refresh(since);
  } else {
    follow();
  }
}

function follow() {
  stop();
  if (!shown().follow) {
    return;
  }
  const url = new URL(shown().follow, location.href);
  if (shown().since) {
    url.searchParams.set("since", shown().since);
  }
  events = new EventSource(url);
  events.addEventListener("progress", (event) => progress(JSON.parse(event.data)));
  events.addEventListener("settled", (event) => settled(JSON.parse(event.data)));
  events.addEventListener("error", retry);
}

// Less and less often: the browser itself would ask every second.
function retry() {
  isInDoubt = true;
  retryAfter = Math.min(2 * retryAfter, LOOK_AFTER_MAX);
  tell(`${LOST} This page goes on asking.`);
  wait(shown().since ? retryAfter : Math.max(retryAfter, lookAfter));
}

function works() {
  isInDoubt = false;
  retryAfter = RETRY_AFTER_MIN;
}

function progress({ sentence, elapsed_ms, timeout_ms }) {
  works();
  tell(sentence);
  const bar = progressNote()?.querySelector("progress");
  if (bar) {
    bar.max = timeout_ms;
    bar.value = elapsed_ms;
  }
}

function tell(sentence) {
  const words = progressNote()?.querySelector("[data-progress-words]");
  if (words) {
    words.textContent = sentence;
  }
}

function settled({ result, since, look_after_ms }) {
  stop();
  works();
  askedAt = since;
  const hasFailed = result === null;
  const isNews = hasFailed ? shown().stale === undefined : String(result) !== shown().result;
  lookAfter = Math.min(isNews ? look_after_ms : Math.max(2 * lookAfter, look_after_ms), LOOK_AFTER_MAX);
  const isAwaited = shown().result === undefined || (hasFailed && shown().since !== undefined);
  if (isAwaited || !isNews) {
    refresh(since);
  } else {
    offer(hasFailed ? "The query failed just now." : "New data.", () => show(since));
    wait(lookAfter);
  }
}

// Takes what the page has become, but no rows in the place of others.
async function refresh(since) {
  const page = await read(since).catch(retry);
  if (!page) {
    return;
  }
  if (shown().result === undefined || shown().result === resultOn(page)) {
    take(page);
  } else {
    offer("New data.", () => show(since));
    wait(lookAfter);
  }
}

async function show(since) {
  const page = await read(since).catch(() => offer(LOST, () => show(since)));
  if (page) {
    take(page);
    begin();
    (part("rows") ?? part("outcome")).focus();
  }
}

// The page with what a run came to that was asked for at `since`; nothing where it opens no more.
async function read(since) {
  const url = new URL(location.href);
  url.hash = "";
  url.searchParams.delete("wait");
  url.searchParams.set("version", new URL(shown().follow, location.href).searchParams.get("version"));
  url.searchParams.set("since", since);
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.getElementById("outcome")) {
    return page;
  }
  if (answer.status === 429 || answer.status >= 500) {
    throw new Error(answer.status);
  }
  delete shown().follow;
  offer("This dataclip does not open here any more.", () => location.reload());
}

// The query box is no part: what is typed there stays.
function take(page) {
  const isFirst = shown().result === undefined;
  const rows = shown().result === resultOn(page) ? ["notes", "age"] : ["outcome"];
  for (const id of ["facts", "query-error", ...rows]) {
    swap(part(id), page.getElementById(id));
  }
  part("offer").hidden = true;
  part("told").textContent = isFirst && shown().result ? "The rows are here." : "";
  goOn();
}

// What had the focus, or was open, has it and is open in the new part too.
function swap(old, fresh) {
  if (!old || !fresh || old.isEqualNode(fresh)) {
    return;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement : undefined;
  const isOpen = old.querySelector(".menu[open]") !== null;
  old.replaceWith(fresh);
  fresh.querySelector(".menu")?.toggleAttribute("open", isOpen);
  if (focused) {
    const alike = [...fresh.querySelectorAll(focused.localName)];
    const twin = alike.find((element) => element.textContent === focused.textContent);
    (twin ?? part("outcome")).focus({ preventScroll: true });
  }
}

// A sentence and a button above the rows, told to screen readers too, in the place of the progress.
function offer(words, act) {
  const note = progressNote();
  const hadFocus = note?.contains(document.activeElement);
  note?.remove();
  delete shown().since;
  const line = part("offer");
  const [sentence, button] = [line.querySelector("span"), line.querySelector("button")];
  if (sentence.textContent !== words) {
    sentence.textContent = words;
  }
  button.onclick = act;
  line.hidden = false;
  if (hadFocus) {
    button.focus();
  }
}

function leave(button) {
  stop();
  delete shown().follow;
  tell("You do not wait for the query any more.");
  const again = progressNote().querySelector("[data-return]");
  again.hidden = false;
  again.focus();
  button.remove();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-leave]");
  if (button) {
    leave(button);
  }
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && timer === undefined) {
    look();
  }
});

// A page that the browser puts aside waits for nothing.
addEventListener("pagehide", stop);
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    begin();
  }
});

begin();
