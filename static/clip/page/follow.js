// Keeps an open page up to date with its query: shows the progress of a run, shows the rows of the first run, and offers newer
// rows instead of replacing those that somebody is reading. It checks again only while the page is visible, and says when it may
// no longer check, or cannot.
const LOOK_AFTER_MAX = 600_000;
const RETRY_AFTER_MIN = 1_000;
// A page waits about a second for its rows.
const READ_MAX = 15_000;
const LOST = "The server does not answer.";
// Why the server refuses for good, by its status, and the button beside that, if any.
const REFUSALS = {
  401: ["This clip now asks you to sign in.", "Sign in"],
  403: ["You no longer have access to this clip.", ""],
  404: ["This clip was removed.", ""],
  409: ["This clip was pinned.", "Show"],
  410: ["This clip was removed.", ""],
};
const REFUSAL_ELSE = ["These rows cannot be checked any more.", "Reload"];
const TOO_MANY_REQUESTS = 429;
const clock = new Intl.DateTimeFormat("sv-SE", { timeStyle: "short" });

let closeEvents;
let timer;
let lookAfter;
let retryAfter = RETRY_AFTER_MIN;
// Whether the last connection failed. The page itself may explain why, when it is loaded for the run that was requested then.
let isInDoubt = false;
let askedAt;
// When the server last responded.
let heardAt;

const part = (id) => document.getElementById(id);
const resultOn = (page) => page.getElementById("notes").dataset.result;
// What this page shows. `result`: the result's number, if there is one; `since`: when the current run was requested, if there
// is one; `stale`: present if the last run failed; `follow`: the address of the events, unless the page is not live;
// `newestVersion`: the number of the clip's newest version.
const shown = () => part("notes").dataset;
const progressNote = () => document.querySelector("[data-progress]");

function begin() {
  stop();
  heardAt = new Date();
  lookAfter = Math.min(Number(shown().lookAfter), LOOK_AFTER_MAX);
  resume();
}

function stop() {
  closeEvents?.();
  clearTimeout(timer);
  closeEvents = timer = undefined;
}

function resume() {
  progressNote()?.querySelector("[data-leave]")?.removeAttribute("hidden");
  if (shown().since) {
    follow();
  } else {
    wait(lookAfter);
  }
}

// Looks again after this time if the page is visible then; otherwise as soon as it becomes visible.
function wait(time) {
  stop();
  timer = setTimeout(() => {
    timer = undefined;
    look();
  }, time);
}

function look() {
  if (document.hidden || closeEvents || !shown().follow) {
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
  closeEvents = listen(url, (name, data) => (name === "settled" ? settled(data) : progress(data)), lost);
}

function lost(status) {
  stop();
  if (isRefusal(status)) {
    refused(status);
  } else {
    retry();
  }
}

const isRefusal = (status) => status >= 400 && status < 500 && status !== TOO_MANY_REQUESTS;

// Stops looking.
function refused(status) {
  const [sentence, label] = REFUSALS[status] ?? REFUSAL_ELSE;
  part("unchecked").hidden = true;
  offer(sentence, () => location.reload(), label);
  delete shown().follow;
}

// Retries at growing intervals.
function retry() {
  isInDoubt = true;
  retryAfter = Math.min(2 * retryAfter, LOOK_AFTER_MAX);
  if (progressNote()) {
    showProgress(`${LOST} This page keeps trying.`);
  } else {
    part("unchecked").textContent = `Could not check since ${clock.format(heardAt)}.`;
    part("unchecked").hidden = false;
  }
  wait(shown().since ? retryAfter : Math.max(retryAfter, Number(shown().lookAfter)));
}

function works() {
  isInDoubt = false;
  retryAfter = RETRY_AFTER_MIN;
  heardAt = new Date();
  part("unchecked").hidden = true;
}

function progress({ sentence, elapsed_ms, timeout_ms }) {
  works();
  showProgress(sentence);
  const bar = progressNote()?.querySelector("progress");
  if (bar) {
    bar.max = timeout_ms;
    bar.value = elapsed_ms;
  }
}

function showProgress(sentence) {
  const text = progressNote()?.querySelector("[data-progress-words]");
  if (text) {
    text.textContent = sentence;
  }
}

function settled({ result, since, look_after_ms, newest_version }) {
  stop();
  works();
  askedAt = since;
  const hasFailed = result === null;
  const isNews = hasFailed ? shown().stale === undefined : String(result) !== shown().result;
  lookAfter = Math.min(isNews ? look_after_ms : Math.max(2 * lookAfter, look_after_ms), LOOK_AFTER_MAX);
  const isAwaited = shown().result === undefined || (hasFailed && shown().since !== undefined);
  if (!isAwaited && isReplaced(newest_version)) {
    offer(`Version ${newest_version} was saved.`, showNewest);
    // Nobody reads what else the earlier one returns.
    delete shown().follow;
  } else if (isAwaited || !isNews) {
    refresh(since);
  } else {
    offer(hasFailed ? "The query failed just now." : "New data.", () => show(since));
    wait(lookAfter);
  }
}

// Whether the page shows the clip, rather than a version that its address names, and there is a newer one.
function isReplaced(newest) {
  const query = new URL(location.href).searchParams;
  const namesVersion = query.has("version") && !query.has("since");
  return !namesVersion && newest > Number(shown().newestVersion);
}

function showNewest() {
  const url = new URL(location.href);
  url.hash = "";
  for (const name of ["version", "since", "wait"]) {
    url.searchParams.delete(name);
  }
  location.assign(url);
}

// Loads the page again and updates everything but the rows, if there are other rows already.
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

// The page with the outcome of the run that was requested at `since`; undefined if the clip no longer opens.
async function read(since) {
  const url = new URL(location.href);
  url.hash = "";
  url.searchParams.delete("wait");
  url.searchParams.set("version", new URL(shown().follow, location.href).searchParams.get("version"));
  url.searchParams.set("since", since);
  const response = await fetch(url, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(READ_MAX) });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (page.getElementById("outcome")) {
    return page;
  }
  if (!isRefusal(response.status)) {
    throw new Error(response.status);
  }
  refused(response.status);
}

// The query's form is not replaced, so that text typed there stays.
function take(page) {
  const isFirst = shown().result === undefined;
  const rows = shown().result === resultOn(page) ? ["notes"] : ["outcome"];
  for (const id of ["facts", "query-error", ...rows]) {
    swap(part(id), page.getElementById(id));
  }
  part("offer").hidden = true;
  const hasArrived = isFirst && shown().result !== undefined && shown().stale === undefined;
  part("told").textContent = hasArrived ? "The rows are here." : "";
  resume();
}

// Replaces a part, and keeps the focus and an open menu.
function swap(old, fresh) {
  if (!old || !fresh || old.isEqualNode(fresh)) {
    return;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement : undefined;
  const menu = old.querySelector(":popover-open")?.id;
  old.replaceWith(fresh);
  if (menu) {
    part(menu)?.showPopover();
  }
  if (focused) {
    const alike = [...fresh.querySelectorAll(focused.localName)];
    const twin = alike.find((element) => element.textContent === focused.textContent);
    (twin ?? part("outcome")).focus({ preventScroll: true });
  }
}

// Shows a sentence above the rows instead of the progress, and a button, unless its label is empty; screen readers announce it.
function offer(text, act, label = "Show") {
  const note = progressNote();
  const hadFocus = note?.contains(document.activeElement);
  note?.remove();
  delete shown().since;
  const line = part("offer");
  const [sentence, button] = [line.querySelector("span"), line.querySelector("button")];
  if (sentence.textContent !== text) {
    sentence.textContent = text;
  }
  button.onclick = act;
  button.textContent = label;
  button.hidden = label === "";
  line.hidden = false;
  if (hadFocus) {
    button.focus();
  }
}

function leave(button) {
  stop();
  delete shown().follow;
  showProgress("You are no longer waiting for the query.");
  const again = progressNote().querySelector("[data-return]");
  again.hidden = false;
  again.focus();
  button.remove();
}

document.addEventListener("click", (event) => {
  const button = unshadowed(event.target).closest("[data-leave]");
  if (button) {
    leave(button);
  }
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && timer === undefined) {
    look();
  }
});

// A page in the back/forward cache keeps no connection.
addEventListener("pagehide", stop);
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    begin();
  }
});

begin();
