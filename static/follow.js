// An open page follows its query: it tells how far a run is, shows the rows of the first one, and offers newer rows
// instead of putting them under the reader's eyes.
const PARTS = ["facts", "complaint", "outcome"];
const LOOK_AFTER_MAX = 600_000;

let outcome = document.getElementById("outcome");
let events;
let timer;
let lookAfter;

// Asks the page for what a run that was asked for at `since` came to.
function address(since) {
  const page = new URL(location.href);
  page.hash = "";
  page.searchParams.set("since", since);
  return page;
}

async function read(since) {
  const answer = await fetch(address(since), { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function replace(page, parts) {
  for (const id of parts) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh) {
      old.replaceWith(fresh);
    }
  }
  outcome = document.getElementById("outcome");
}

async function show(since) {
  const page = await read(since).catch(() => undefined);
  if (!page?.getElementById("outcome")) {
    location.reload();
    return;
  }
  replace(page, PARTS);
  begin();
}

// A sentence and a button above the rows, told to screen readers too.
function offer(words, since) {
  const line = document.getElementById("offer");
  line.querySelector("[data-offer-words]").textContent = words;
  line.querySelector("button").onclick = () => {
    line.hidden = true;
    show(since);
  };
  line.hidden = false;
}

function progress({ sentence, elapsed_ms, timeout_ms }) {
  const words = outcome.querySelector("[data-progress-words]");
  if (words) {
    words.textContent = sentence;
    const bar = outcome.querySelector("[data-progress-bar]");
    bar.max = timeout_ms;
    bar.value = elapsed_ms;
  }
}

async function settled({ result, since }) {
  events.close();
  events = undefined;
  const shown = outcome.dataset.result;
  const isRunning = outcome.hasAttribute("data-since");
  if (shown === undefined) {
    await show(since);
  } else if (result === null) {
    if (isRunning) {
      await show(since);
    } else {
      offer("The query failed just now.", since);
      lookAgain();
    }
  } else if (String(result) !== shown) {
    outcome.querySelector("[data-progress]")?.remove();
    outcome.removeAttribute("data-since");
    offer("New data.", since);
    lookAgain();
  } else {
    const page = await read(since).catch(() => undefined);
    if (page) {
      replace(page, isRunning ? PARTS : ["facts"]);
    }
    lookAgain();
  }
}

function follow(since) {
  const url = new URL(outcome.dataset.follow, location.href);
  if (since) {
    url.searchParams.set("since", since);
  }
  events = new EventSource(url);
  events.addEventListener("progress", (event) => progress(JSON.parse(event.data)));
  events.addEventListener("settled", (event) => settled(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    // A connection that was cut comes back by itself; an answer that is none does not.
    if (events?.readyState === EventSource.CLOSED) {
      events = undefined;
      lookAgain();
    }
  });
}

// After the interval, while somebody looks; twice as long each time that nothing has changed.
function lookAgain() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = undefined;
    look();
  }, lookAfter);
  lookAfter = Math.min(2 * lookAfter, LOOK_AFTER_MAX);
}

function look() {
  if (!document.hidden && !events && outcome.dataset.follow) {
    follow();
  }
}

function begin() {
  events?.close();
  events = undefined;
  clearTimeout(timer);
  if (!outcome.dataset.follow) {
    return;
  }
  lookAfter = Math.min(Number(outcome.dataset.lookAfter), LOOK_AFTER_MAX);
  const leave = outcome.querySelector("[data-leave]");
  if (leave) {
    leave.hidden = false;
    leave.addEventListener("click", () => {
      events?.close();
      events = undefined;
      outcome.querySelector("[data-progress-words]").textContent = "You do not wait for the query any more.";
      leave.remove();
    });
  }
  if (outcome.dataset.since) {
    follow(outcome.dataset.since);
  } else {
    lookAgain();
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && timer === undefined) {
    look();
  }
});

// A page that the browser puts aside waits for nothing.
addEventListener("pagehide", () => {
  events?.close();
  events = undefined;
  clearTimeout(timer);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    begin();
  }
});

begin();
