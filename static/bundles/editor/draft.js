// Keeps unsaved text in this tab until it is saved or discarded, so that it survives a reload.
const PAUSE_MS = 300;
const KEY_PREFIX = "dataclips:draft:";

export function keepDraft(form, view) {
  const key = KEY_PREFIX + new URL(form.action).pathname;
  const field = form.elements.sql;
  const saved = field.defaultValue;
  forgetSaved(saved);
  const note = form.querySelector("[data-draft]");
  const draft = read(key);
  // A form that the server returned with errors already holds the latest text.
  if (draft && form.dataset.typed === undefined && draft.sql !== saved) {
    fill(form, view, draft);
    note.hidden = false;
    note.querySelector("button").addEventListener("click", () => {
      sessionStorage.removeItem(key);
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
      const text = { sql: sql.value, title: title?.value, database: database?.value, base: base?.value, ...more };
      write(key, text);
    } else {
      sessionStorage.removeItem(key);
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
    link.addEventListener("click", () => sessionStorage.removeItem(key));
  }
}

// A draft that was sent is kept until a page shows that it was saved.
function forgetSaved(saved) {
  for (const key of Object.keys(sessionStorage).filter((key) => key.startsWith(KEY_PREFIX))) {
    const draft = read(key);
    if (draft?.isSent && draft.sql.replace(/\r\n?/g, "\n") === saved) {
      sessionStorage.removeItem(key);
    }
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
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

// Storage may be blocked or full.
function write(key, draft) {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    sessionStorage.removeItem(key);
  }
}
