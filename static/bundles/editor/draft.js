// Keeps unsaved text in this browser, for its user, until it is saved, discarded or a week old. The page's own script opens the
// query if there is a draft, and forgets drafts that were saved or are too old.
const PAUSE_MS = 300;

export function keepDraft(form, view) {
  const field = form.elements.sql;
  const key = `dataclips:draft:${field.dataset.user}:${new URL(form.action).pathname}`;
  const saved = field.defaultValue;
  const note = form.querySelector("[data-draft]");
  const draft = read(key);
  // A form that the server returned with errors already holds the latest text.
  if (draft && form.dataset.typed === undefined && draft.sql !== saved) {
    fill(form, view, draft);
    note.hidden = false;
    note.querySelector("button").addEventListener("click", () => {
      localStorage.removeItem(key);
      location.reload();
    });
  }

  let timer;
  const keep = (more) => {
    clearTimeout(timer);
    timer = undefined;
    const { sql, title, database, base } = form.elements;
    const isChanged = sql.value !== saved || form.dataset.typed !== undefined;
    if (isChanged && sql.value.trim() !== "") {
      const text = { sql: sql.value, title: title?.value, database: database?.value, base: base?.value };
      write(key, { ...text, keptAt: Date.now(), ...more });
    } else {
      localStorage.removeItem(key);
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) {
      keep({ isSent: true });
    }
  });
  addEventListener("pagehide", () => timer && keep());
  for (const link of document.querySelectorAll("[data-discard]")) {
    link.addEventListener("click", () => localStorage.removeItem(key));
  }
}

function fill(form, view, draft) {
  for (const name of ["title", "database", "base"]) {
    if (form.elements[name] && draft[name] !== undefined) {
      form.elements[name].value = draft[name];
    }
  }
  // The explorer beside the query shows the tables of this database.
  form.elements.database?.dispatchEvent(new Event("change"));
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: draft.sql } });
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

// Storage may be full.
function write(key, draft) {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    localStorage.removeItem(key);
  }
}
