// The explorer beside a query: searches tables on the server, through the page of the database's schema, and inserts clicked
// names into the query.
const PAUSE_MS = 200;

for (const explorer of document.querySelectorAll("[data-explorer]")) {
  explore(explorer);
}

function explore(explorer) {
  const query = document.getElementById("sql");
  const databases = document.querySelector("select#database");
  const filter = explorer.querySelector("input");
  const status = explorer.querySelector("[data-explorer-status]");
  const list = explorer.querySelector("[data-explorer-list]");
  let asking = new AbortController();
  let timer;
  let shown;

  // Somebody may have opened it before this script was there.
  explorer.open ||= wasOpen(explorer);
  explorer.addEventListener("toggle", () => {
    remember(explorer);
    look();
  });
  filter.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    clearTimeout(timer);
    look();
  });
  databases?.addEventListener("change", () => {
    choose();
    filter.value = "";
    look();
  });
  list.addEventListener("click", (event) => {
    const name = event.target.closest("[data-insert]");
    const table = event.target.closest("[data-find]");
    const rows = event.target.closest("[data-query]");
    if (name) insert(query, name.dataset.insert);
    if (table) {
      event.preventDefault();
      filter.value = table.dataset.find;
      filter.focus();
      look();
    }
    if (rows && put(query, rows.dataset.query)) event.preventDefault();
  });
  if (databases) choose();
  look();

  // When somebody comes back to a page, the browser may restore the choice that they had left.
  function choose() {
    const { schema } = databases.selectedOptions[0].dataset;
    for (const { dataset } of [explorer, query]) {
      if (schema) dataset.schema = schema;
      else delete dataset.schema;
    }
  }

  // Fetches nothing if the list already shows this search.
  async function look() {
    if (!explorer.open) return;
    const address = addressOf(explorer.dataset.schema, filter.value.trim());
    if (address === shown) return;
    shown = address;
    asking.abort();
    asking = new AbortController();
    if (!address) {
      list.replaceChildren();
      return report("Choose a database to see its tables.");
    }
    report("Looking…");
    explorer.setAttribute("aria-busy", "true");
    try {
      const parts = await found(address, asking.signal);
      list.replaceChildren(...parts);
      explorer.scrollTop = 0;
      report(summary(list));
    } catch (error) {
      if (error.name === "AbortError") return;
      list.replaceChildren();
      report(error.message, again);
    }
    explorer.removeAttribute("aria-busy");
  }

  function again() {
    shown = undefined;
    look();
  }

  function report(sentence, retry) {
    status.replaceChildren(sentence);
    if (!retry) return;
    const button = element("button", "Try again");
    button.type = "button";
    button.addEventListener("click", retry);
    status.append(" ", button);
  }
}

function addressOf(schema, search) {
  if (!schema) return "";
  const page = schema.replace(/\/search$/, "");
  return `${page}?search=${encodeURIComponent(search)}`;
}

// The list from the page, with buttons for the names that can be inserted into the query.
async function found(address, signal) {
  let response;
  try {
    response = await fetch(address, { signal, headers: { accept: "text/html" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached.");
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const list = page.getElementById("relations");
  if (!response.ok || !list) throw new Error(sentence(page));
  const part = document.importNode(list, true);
  for (const name of part.querySelectorAll("[data-insert]")) name.replaceWith(button(name));
  for (const rows of part.querySelectorAll("[data-query]")) {
    rows.target = "_blank";
    rows.rel = "noopener";
  }
  return part.childNodes;
}

function sentence(page) {
  const explanation = page.getElementById("problem") ?? page.querySelector("main h1 + p");
  return explanation?.textContent ?? "The schema cannot be read just now.";
}

function button(name) {
  const button = document.createElement("button");
  const label = document.createElement("span");
  label.append(...name.childNodes);
  button.append(label);
  button.type = "button";
  button.className = "name";
  button.title = `Insert ${name.dataset.insert} into the query`;
  button.dataset.insert = name.dataset.insert;
  return button;
}

function element(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

// The number of tables. If there are none, the list's explanation moves to the status, where screen readers announce it.
function summary(list) {
  const empty = list.querySelector(".empty");
  empty?.remove();
  if (empty) return empty.textContent.trim();
  const tables = list.querySelectorAll("[data-query]").length;
  return tables === 1 ? "1 table" : `${tables} tables`;
}

// The editor takes the name; without an editor it is inserted at the cursor of the plain text field.
function insert(query, text) {
  if (!dispatch(query, "dataclips:insert", { text })) return;
  query.focus();
  query.setRangeText(text, query.selectionStart, query.selectionEnd, "end");
  query.dispatchEvent(new Event("input", { bubbles: true }));
}

// Whether the query was taken. Without an editor it goes only into an empty text field, so that nobody's text is lost.
function put(query, sql) {
  if (!dispatch(query, "dataclips:query", { sql })) return true;
  if (query.hidden || query.value.trim() !== "") return false;
  query.value = sql;
  query.dispatchEvent(new Event("input", { bubbles: true }));
  query.focus();
  return true;
}

// Whether no listener took it.
function dispatch(query, name, detail) {
  return query.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, cancelable: true }));
}

// Beside a new query the explorer starts open on wide screens; beside a clip's query it starts closed. Later visits use the
// last state.
function wasOpen(explorer) {
  // On a small screen it would stand between the query and its rows.
  if (!matchMedia("(min-width: 70rem)").matches) return false;
  try {
    const stored = localStorage.getItem(key(explorer));
    if (stored) return stored === "open";
  } catch {
    // Storage is blocked.
  }
  return explorer.dataset.explorer === "new";
}

function remember(explorer) {
  try {
    localStorage.setItem(key(explorer), explorer.open ? "open" : "closed");
  } catch {
    // Storage is blocked.
  }
}

function key(explorer) {
  return `dataclips.explorer.${explorer.dataset.explorer}`;
}
