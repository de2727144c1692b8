// The explorer beside a query: finds tables on the server, as the page of the database's schema lists them, and puts the
// names that are clicked into the query.
const pause = 200;

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

  explorer.open = wasOpen(explorer);
  explorer.addEventListener("toggle", () => {
    remember(explorer);
    look();
  });
  filter.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, pause);
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

  // Coming back to a page, the browser may have chosen again what was chosen when it was left.
  function choose() {
    const { schema } = databases.selectedOptions[0].dataset;
    for (const { dataset } of [explorer, query]) {
      if (schema) dataset.schema = schema;
      else delete dataset.schema;
    }
  }

  // What is shown already is not asked for again.
  async function look() {
    if (!explorer.open) return;
    const address = addressOf(explorer.dataset.schema, filter.value.trim());
    if (address === shown) return;
    shown = address;
    asking.abort();
    asking = new AbortController();
    if (!address) {
      list.replaceChildren();
      return tell("Choose a database to see its tables.");
    }
    tell("Looking…");
    explorer.setAttribute("aria-busy", "true");
    try {
      const parts = await found(address, asking.signal);
      list.replaceChildren(...parts);
      explorer.scrollTop = 0;
      tell(summary(list));
    } catch (error) {
      if (error.name === "AbortError") return;
      list.replaceChildren();
      tell(error.message, again);
    }
    explorer.removeAttribute("aria-busy");
  }

  function again() {
    shown = undefined;
    look();
  }

  function tell(sentence, retry) {
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

// The list out of the page, with buttons where there are names to put into the query.
async function found(address, signal) {
  let answer;
  try {
    answer = await fetch(address, { signal, headers: { accept: "text/html" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached.");
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const list = page.getElementById("relations");
  if (!answer.ok || !list) throw new Error(sentence(page));
  const part = document.importNode(list, true);
  for (const name of part.querySelectorAll("[data-insert]")) name.replaceWith(button(name));
  for (const rows of part.querySelectorAll("[data-query]")) {
    rows.target = "_blank";
    rows.rel = "noopener";
  }
  return part.childNodes;
}

function sentence(page) {
  const told = page.getElementById("problem") ?? page.querySelector("main h1 + p");
  return told?.textContent ?? "The schema cannot be read just now.";
}

function button(name) {
  const button = element("button", name.textContent);
  button.type = "button";
  button.className = "name";
  button.title = `Put ${name.dataset.insert} into the query`;
  button.dataset.insert = name.dataset.insert;
  return button;
}

function element(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

// How many tables the list has; what it says instead where it has none moves here, where it is said aloud.
function summary(list) {
  const empty = list.querySelector(".empty");
  empty?.remove();
  if (empty) return empty.textContent.trim();
  const tables = list.querySelectorAll("[data-query]").length;
  return tables === 1 ? "1 table" : `${tables} tables`;
}

// The editor listens; where there is none, the name goes to the cursor of the plain text field.
function insert(query, text) {
  if (!dispatch(query, "dataclips:insert", { text })) return;
  query.focus();
  query.setRangeText(text, query.selectionStart, query.selectionEnd, "end");
  query.dispatchEvent(new Event("input", { bubbles: true }));
}

// Whether the query was taken. Without an editor it goes into a text field that is empty; what somebody wrote is not lost.
function put(query, sql) {
  if (!dispatch(query, "dataclips:query", { sql })) return true;
  if (query.hidden || query.value.trim() !== "") return false;
  query.value = sql;
  query.dispatchEvent(new Event("input", { bubbles: true }));
  query.focus();
  return true;
}

// Whether nobody took it.
function dispatch(query, name, detail) {
  return query.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, cancelable: true }));
}

// Beside a new query the explorer is open where there is room for it; beside a clip's rows only for who opened it.
function wasOpen(explorer) {
  try {
    const kept = localStorage.getItem(key(explorer));
    if (kept) return kept === "open";
  } catch {
    // The browser keeps nothing.
  }
  return explorer.dataset.explorer === "new" && matchMedia("(min-width: 70rem)").matches;
}

function remember(explorer) {
  try {
    localStorage.setItem(key(explorer), explorer.open ? "open" : "closed");
  } catch {
    // The browser keeps nothing.
  }
}

function key(explorer) {
  return `dataclips.explorer.${explorer.dataset.explorer}`;
}
