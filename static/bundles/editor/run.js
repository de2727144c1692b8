// Runs the query in the form, or another one, and shows its rows without leaving the page. Leaving the page or pressing Cancel
// closes the connection, and the server then cancels the query in PostgreSQL.
import { button, element } from "../element.js";

const SECOND = 1_000;

let running;

const part = (id) => document.getElementById(id);

export function runInPlace(form, changed) {
  form.addEventListener(
    "submit",
    (event) => {
      if (event.submitter?.matches("[data-run]")) {
        event.preventDefault();
        run(form, form.elements.sql.value, changed);
      } else {
        running?.abort();
      }
    },
    { capture: true },
  );
}

// Runs another query than the form's, which stays as it is.
export function runBeside(form, sql) {
  run(form, sql, () => {});
}

async function run(form, sql, changed) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  wait(mine);
  try {
    const body = new URLSearchParams(new FormData(form));
    body.set("sql", sql);
    const headers = { Accept: "text/html" };
    const address = form.querySelector("[data-run]").formAction;
    const response = await fetch(address, { method: "POST", body, headers, signal: mine.signal });
    show(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch (error) {
    if (mine.signal.aborted) {
      return;
    }
    fail("The server does not answer. Run it again in a moment.");
  }
  running = undefined;
  changed();
}

// Takes over the parts of the response that show the outcome of the run.
function show(page) {
  if (!page.getElementById("preview")) {
    // For example when signed out; the text is kept as a draft.
    fail(page.querySelector("main h1")?.textContent ?? "The server did not run the query.");
    return;
  }
  for (const id of ["query-error", "preview"]) {
    part(id).replaceChildren(...page.getElementById(id).childNodes);
  }
  for (const problem of page.querySelectorAll("form[data-query] .field-problem")) {
    part(problem.id).textContent = problem.textContent;
  }
  const heading = part("preview").querySelector("h2");
  if (heading) {
    const close = button("Close the preview", leave);
    heading.parentElement.append(close);
    say(part("preview").querySelector(".facts").textContent);
  } else {
    say("");
  }
  hideSaved(heading !== null);
  part(heading ? "preview" : "query-error").scrollIntoView({ block: "nearest" });
}

// Hides the saved rows while there is a preview.
function hideSaved(isPreviewed) {
  for (const saved of document.querySelectorAll("[data-saved]")) {
    saved.hidden = isPreviewed;
  }
}

function leave() {
  part("preview").replaceChildren();
  hideSaved(false);
  say("");
  document.querySelector("[data-run]").focus();
}

function fail(sentence) {
  const note = element("p", "note warning");
  note.textContent = sentence;
  part("preview").replaceChildren(note);
  hideSaved(false);
  say(sentence);
}

function wait(mine) {
  const note = element("div", "note running");
  const sentence = document.createElement("p");
  const cancel = button("Cancel", () => {
    mine.abort();
    leave();
    say("The query was cancelled.");
  });
  const started = Date.now();
  const count = () => {
    const seconds = Math.floor((Date.now() - started) / SECOND);
    sentence.textContent = seconds < 1 ? "The query is running…" : `The query has been running for ${seconds} s.`;
    if (note.isConnected && !mine.signal.aborted) {
      setTimeout(count, SECOND);
    }
  };
  const line = element("div", "actions");
  line.append(sentence, cancel);
  note.append(line);
  part("query-error").replaceChildren();
  part("preview").replaceChildren(note);
  say("The query is running.");
  count();
}

function say(sentence) {
  document.querySelector("[data-run-status]").textContent = sentence;
}

addEventListener("pagehide", () => running?.abort());
