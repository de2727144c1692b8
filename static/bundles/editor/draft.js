// Unsaved text survives a reload: it is kept in this tab, until it is saved or discarded.
const PAUSE = 300;
const OF = "dataclips:draft:";

export function keepDraft(form, view) {
  const key = OF + new URL(form.action).pathname;
  const field = form.elements.sql;
  const saved = field.defaultValue;
  forgetSaved(saved);
  const note = form.querySelector("[data-draft]");
  const draft = read(key);
  // A form that came back holds what was typed last.
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
    timer = setTimeout(keep, PAUSE);
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

// A draft that was sent is of use until a page shows that it arrived.
function forgetSaved(saved) {
  for (const key of Object.keys(sessionStorage).filter((key) => key.startsWith(OF))) {
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
  // The tables beside the query are those of its database.
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

// A browser may keep nothing, or have no room.
function write(key, draft) {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    sessionStorage.removeItem(key);
  }
}
