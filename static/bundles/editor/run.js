// Runs the query in the form, a part of it, or another one, and shows its rows without leaving the page. Leaving the page or
// pressing Cancel closes the connection, and the server then cancels the query in PostgreSQL.
import { button, element } from "../element.js";

const SECOND = 1_000;
// A quick run changes nothing on the page before its rows are there.
const PAUSE_MS = 300;
const SIGNED_OUT = 401;

let running;

const part = (id) => document.getElementById(id);

// Each query is `{ sql, isWhole, changed }`: a text, whether it is all of the editor's, and what to do once it has ended.
export function runInPlace(form, shown, query) {
  form.addEventListener(
    "submit",
    (event) => {
      if (event.submitter?.matches("[data-run]")) {
        event.preventDefault();
        run(form, shown, query());
      } else {
        running?.abort();
      }
    },
    { capture: true },
  );
}

// Runs another query than the form's, which stays as it is.
export function runBeside(form, shown, sql) {
  run(form, shown, { sql, isWhole: form.elements.sql.value === sql, changed: () => {} });
}

async function run(form, shown, query) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const text = form.elements.sql.value;
  wait(mine);
  try {
    const body = new URLSearchParams(new FormData(form));
    body.set("sql", query.sql);
    const headers = { Accept: "text/html" };
    const address = form.querySelector("[data-run]").formAction;
    const response = await fetch(address, { method: "POST", body, headers, signal: mine.signal });
    if (response.status === SIGNED_OUT) {
      running = undefined;
      fail("You are signed out. ", shown, signIn(), " in a new tab, then run the query again: the text stays here.");
      return query.changed();
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    running = undefined;
    const isPreviewed = show(page, shown);
    isPreviewed ? shown.showsPreview(text, query.isWhole) : shown.showsSaved();
    shown.hasRun(isPreviewed && query.isWhole ? text : undefined);
  } catch (error) {
    if (mine.signal.aborted) {
      return;
    }
    running = undefined;
    fail("The server does not answer. Run it again in a moment.", shown);
  }
  query.changed();
}

// Takes over the parts of the response that show the outcome of the run. Returns whether there are rows.
function show(page, shown) {
  if (!page.getElementById("preview")) {
    const reason = page.querySelector("main h1 + p") ?? page.querySelector("main h1");
    fail(reason?.textContent ?? "The server did not run the query.", shown);
    return false;
  }
  for (const id of ["query-error", "preview", "hints"]) {
    part(id).replaceChildren(...page.getElementById(id).childNodes);
  }
  const missing = showBlanks(page);
  for (const problem of page.querySelectorAll("form[data-query] .field-problem")) {
    part(problem.id).replaceChildren(...problem.childNodes);
  }
  const heading = part("preview").querySelector("h2");
  if (heading) {
    heading.parentElement.append(button("Close the preview", () => leave(shown)));
    say(part("preview").querySelector(".facts").textContent);
  } else {
    say(missing);
  }
  hideSaved(heading !== null);
  return heading !== null;
}

// Takes over the fields for the values of the query's blanks; the first empty one has the focus where a value is missing. Returns
// the sentence that says so.
function showBlanks(page) {
  const blanks = part("blanks");
  const place = document.activeElement.id;
  const hadFocus = blanks.contains(document.activeElement);
  blanks.replaceChildren(...page.getElementById("blanks").childNodes);
  const missing = blanks.querySelector("[data-missing]")?.textContent ?? "";
  const fields = [...blanks.querySelectorAll("input, select")];
  const next = missing === "" ? hadFocus && document.getElementById(place) : fields.find((field) => field.value === "");
  next?.focus?.();
  return missing;
}

// Hides the saved rows while there is a preview.
function hideSaved(isPreviewed) {
  for (const saved of document.querySelectorAll("[data-saved]")) {
    saved.hidden = isPreviewed;
  }
}

function leave(shown) {
  part("preview").replaceChildren();
  hideSaved(false);
  shown.showsSaved();
  say("");
  document.querySelector("[data-run]").focus();
}

function signIn() {
  const link = document.createElement("a");
  link.href = "/sign-in";
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = "Sign in";
  return link;
}

function fail(sentence, shown, ...rest) {
  const note = element("p", "note warning");
  note.append(sentence, ...rest);
  part("query-error").replaceChildren(note);
  part("preview").replaceChildren();
  hideSaved(false);
  shown.showsSaved();
  say(note.textContent);
}

// Until the run ends, the rows before it stay.
function wait(mine) {
  const note = element("div", "note running");
  const sentence = document.createElement("p");
  const cancel = button("Cancel", () => {
    mine.abort();
    running = undefined;
    note.remove();
    say("Cancelled.");
    document.querySelector("[data-run]").focus();
  });
  const started = Date.now();
  const isOver = () => running !== mine;
  const count = () => {
    if (isOver()) {
      return;
    }
    const seconds = Math.floor((Date.now() - started) / SECOND);
    sentence.textContent = seconds < 1 ? "Running…" : `Running for ${seconds} s.`;
    setTimeout(count, SECOND);
  };
  const line = element("div", "actions");
  line.append(sentence, cancel);
  note.append(line);
  say("Running.");
  setTimeout(() => isOver() || part("query-error").replaceChildren(note), PAUSE_MS);
  count();
}

function say(sentence) {
  document.querySelector("[data-run-status]").textContent = sentence;
}

addEventListener("pagehide", () => running?.abort());
