// The query above the rows: loads the editor and the schema when it is opened, and has a handle that divides the page between
// the query and the rows.
const HEIGHT = "dataclips.editor-height";
const STEP_PX = 24;
const HEIGHT_MIN_PX = 60;

// Where the cursor was when the query was sent.
const SENT = "dataclips.sent";
const DRAFT = "dataclips:draft:";
const DRAFT_MAX_MS = 7 * 24 * 60 * 60 * 1_000;

// Switches a preview between table and chart without leaving the page.
document.addEventListener("click", async (event) => {
  const link = unshadowed(event.target).closest("#preview .line > .switch a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  event.preventDefault();
  const response = await fetch(link.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("#preview > .outcome");
  const preview = document.getElementById("preview");
  if (!fresh) {
    refuse(preview, page.querySelector("main h1 + p")?.textContent ?? "The server does not answer.");
    return;
  }
  fresh.querySelector(".heading").replaceWith(preview.querySelector(".heading"));
  preview.replaceChildren(document.adoptNode(fresh));
  const script = page.querySelector("[data-chart-script]");
  if (script) {
    await import(script.getAttribute("src"));
  }
});

// Says above the rows why they cannot be shown otherwise: the page would lose the typed text.
function refuse(preview, sentence) {
  const note = document.createElement("p");
  note.className = "note warning";
  note.setAttribute("role", "alert");
  note.textContent = sentence;
  preview.querySelector(".note[role=alert]")?.remove();
  preview.prepend(note);
}

// Scrolls a marked query to its caret, which may be far to the right.
function showCaret() {
  for (const caret of document.querySelectorAll("#query-error .caret")) {
    const code = caret.closest("pre");
    code.scrollLeft = Math.max(0, caret.offsetLeft - code.clientWidth / 2);
  }
}

const problem = document.getElementById("query-error");
if (problem) {
  new MutationObserver(showCaret).observe(problem, { childList: true });
  showCaret();
}

const sent = takeSent();
for (const workbench of document.querySelectorAll("[data-workbench]")) {
  openDraft(workbench);
  load(workbench, resume(workbench));
  divide(workbench);
}

// Opens a query that has a draft. Forgets drafts that are too old, or that were sent and are saved now.
function openDraft(workbench) {
  const field = workbench.querySelector("[data-editor]");
  // A form that came back was refused: what it shows is not saved.
  const isRefused = field.form.dataset.typed !== undefined;
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith(DRAFT))) {
    const draft = JSON.parse(localStorage.getItem(key));
    const isSaved = !isRefused && draft.isSent && draft.sql.replace(/\r\n?/g, "\n") === field.defaultValue;
    if (isSaved || !(Date.now() - draft.keptAt < DRAFT_MAX_MS)) {
      localStorage.removeItem(key);
    }
  }
  const key = `${DRAFT}${field.dataset.user}:${new URL(field.form.action).pathname}`;
  workbench.open ||= localStorage.getItem(key) !== null;
}

function takeSent() {
  const sent = JSON.parse(sessionStorage.getItem(SENT));
  sessionStorage.removeItem(SENT);
  return sent;
}

// A query that was just sent stays open, with the cursor where it was. Returns whether it was.
function resume(workbench) {
  const field = workbench.querySelector("[data-editor]");
  if (sent?.path !== new URL(field.form.action).pathname) {
    return false;
  }
  field.dataset.cursor = sent.cursor;
  workbench.open = true;
  return true;
}

function load(workbench, takesFocus) {
  const scripts = [workbench.dataset.schemaScript, workbench.dataset.editorScript].filter(Boolean);
  let loaded;
  const begin = async (takesFocus) => {
    loaded ??= Promise.all(scripts.map((script) => import(script)));
    await loaded;
    if (takesFocus) {
      const editor = workbench.querySelector(".cm-content") ?? workbench.querySelector("textarea");
      editor.focus({ preventScroll: true });
    }
  };
  if (workbench.localName !== "details" || workbench.open) {
    begin(takesFocus);
  }
  // The event of an opening by this script comes later; only a person's takes the focus.
  let isOpen = workbench.open;
  workbench.addEventListener("toggle", () => {
    if (workbench.open && !isOpen) {
      begin(true);
    }
    isOpen = workbench.open;
  });
}

function divide(workbench) {
  const handle = document.createElement("div");
  handle.className = "divider";
  handle.tabIndex = 0;
  handle.setAttribute("role", "separator");
  handle.setAttribute("aria-orientation", "horizontal");
  handle.setAttribute("aria-label", "Height of the query");
  workbench.append(handle);
  describe(handle, HEIGHT_MIN_PX);
  const saved = Number(localStorage.getItem(HEIGHT));
  if (saved) {
    resize(workbench, handle, saved);
  }
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    const difference = event.clientY - height(workbench);
    handle.onpointermove = (move) => resize(workbench, handle, move.clientY - difference);
  });
  handle.addEventListener("pointerup", () => (handle.onpointermove = null));
  handle.addEventListener("dblclick", () => reset(workbench));
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowDown: STEP_PX, ArrowUp: -STEP_PX }[event.key];
    if (step) {
      event.preventDefault();
      resize(workbench, handle, height(workbench) + step);
    }
  });
}

function height(workbench) {
  // The editor hides the field that it took over.
  const editor = workbench.querySelector(".cm-editor") ?? workbench.querySelector("textarea");
  return editor.getBoundingClientRect().height;
}

function resize(workbench, handle, wanted) {
  const most = Math.max(HEIGHT_MIN_PX, innerHeight * 0.6);
  const chosen = Math.round(Math.min(Math.max(wanted, HEIGHT_MIN_PX), most));
  workbench.style.setProperty("--editor-height", `${chosen}px`);
  describe(handle, chosen);
  localStorage.setItem(HEIGHT, chosen);
}

function describe(handle, height) {
  handle.setAttribute("aria-valuenow", height);
  handle.setAttribute("aria-valuemin", HEIGHT_MIN_PX);
  handle.setAttribute("aria-valuemax", Math.round(innerHeight * 0.6));
}

// Back to a height that grows with the lines.
function reset(workbench) {
  workbench.style.removeProperty("--editor-height");
  localStorage.removeItem(HEIGHT);
}
