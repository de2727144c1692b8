// Runs the query as it stands, or another one, and shows what it returns without leaving the page. Leaving, or Cancel,
// cancels it in PostgreSQL: the server notices that nobody waits.
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

// Another text than the form's, which stays as it is.
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
    const answer = await fetch(address, { method: "POST", body, headers, signal: mine.signal });
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch (error) {
    if (mine.signal.aborted) {
      return;
    }
    fail("The server does not answer. Run it again in a moment.");
  }
  running = undefined;
  changed();
}

// What the page has become, as far as it tells of the run.
function show(page) {
  if (!page.getElementById("preview")) {
    // Signed out, say: what was written is kept as a draft.
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
  aside(heading !== null);
  part(heading ? "preview" : "query-error").scrollIntoView({ block: "nearest" });
}

// The saved rows give way to the preview, and come back after it.
function aside(isPreviewed) {
  for (const saved of document.querySelectorAll("[data-saved]")) {
    saved.hidden = isPreviewed;
  }
}

function leave() {
  part("preview").replaceChildren();
  aside(false);
  say("");
  document.querySelector("[data-run]").focus();
}

function fail(sentence) {
  const note = document.createElement("p");
  note.className = "note warning";
  note.textContent = sentence;
  part("preview").replaceChildren(note);
  aside(false);
  say(sentence);
}

function wait(mine) {
  const note = document.createElement("div");
  note.className = "note running";
  const words = document.createElement("p");
  const cancel = button("Cancel", () => {
    mine.abort();
    leave();
    say("The query was cancelled.");
  });
  const started = Date.now();
  const tell = () => {
    const seconds = Math.floor((Date.now() - started) / SECOND);
    words.textContent = seconds < 1 ? "The query is running…" : `The query has been running for ${seconds} s.`;
    if (note.isConnected && !mine.signal.aborted) {
      setTimeout(tell, SECOND);
    }
  };
  const line = document.createElement("div");
  line.className = "actions";
  line.append(words, cancel);
  note.append(line);
  part("query-error").replaceChildren();
  part("preview").replaceChildren(note);
  say("The query is running.");
  tell();
}

function say(sentence) {
  document.querySelector("[data-run-status]").textContent = sentence;
}

function button(label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", act);
  return button;
}

addEventListener("pagehide", () => running?.abort());
