// Searches the list while somebody types, without Enter. Arrow down moves from the search field into the list.
const PAUSE_MS = 200;

const form = document.querySelector("[data-find]");
const field = form.querySelector("input[type=search]");
const status = document.querySelector("[data-find-status]");

let timer;
let request;

field.addEventListener("input", (event) => {
  if (!event.isComposing) findSoon();
});
field.addEventListener("compositionend", findSoon);
form.addEventListener("change", (event) => {
  if (event.target !== field) findSoon();
});
form.addEventListener("submit", stop);
field.addEventListener("keydown", (event) => {
  const first = document.querySelector("[data-found] .clips .title");
  if (event.key === "ArrowDown" && first) {
    event.preventDefault();
    first.focus();
  }
});

function findSoon() {
  stop();
  timer = setTimeout(find, PAUSE_MS);
}

function stop() {
  clearTimeout(timer);
  request?.abort();
}

async function find() {
  const address = listAddress();
  request = new AbortController();
  try {
    const response = await fetch(address, { signal: request.signal });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (page.querySelector("[data-found]")) {
      show(page);
      history.replaceState(null, "", address);
    } else {
      // Signed out, or an error page.
      location.assign(address);
    }
  } catch (error) {
    if (error.name !== "AbortError") {
      status.textContent = "The server does not answer. Press Enter to try again.";
    }
  }
}

function listAddress() {
  const filled = [...new FormData(form)].filter(([, value]) => value.trim());
  const query = new URLSearchParams(filled).toString();
  return query ? `/?${query}` : "/";
}

function show(page) {
  for (const part of ["[data-found]", "[data-find-all]"]) {
    document.querySelector(part).replaceWith(page.querySelector(part));
  }
  status.textContent = page.querySelector("[data-find-status]").textContent;
}
