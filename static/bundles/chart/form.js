// Redraws the chart when its form is changed, with the same rows: no reload and no run. The server decides what is drawn, as it
// does without scripts.
let latest = 0;
// What an address does not hold.
const UNSHARED = ["since", "chart.opens_first"];

export function followForm() {
  document.querySelectorAll("[data-chart-form]").forEach((form) => hideUnusedFields(unshadowed(form)));
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-chart-form]");
    if (form && event.target.name !== "chart.opens_first") {
      take(form);
    }
  });
  // Enter in a text field.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (unshadowed(form).matches("[data-chart-form]") && event.submitter?.matches("[data-draw]")) {
      event.preventDefault();
      take(form);
    }
  });
}

function take(form) {
  hideUnusedFields(unshadowed(form));
  redraw(unshadowed(form), new FormData(form));
}

async function redraw(form, fields) {
  latest += 1;
  const mine = latest;
  const query = new URLSearchParams(fields);
  // An empty value of a parameter is NULL.
  const isLeft = (name) => UNSHARED.includes(name) || (name.startsWith("chart.") && query.get(name) === "");
  [...query.keys()].filter(isLeft).forEach((name) => query.delete(name));
  const rows = new URLSearchParams(query);
  new URLSearchParams(form.dataset.shown).forEach((value, name) => rows.set(name, value));
  const page = await read(`${form.getAttribute("action")}?${rows}`).catch(() => undefined);
  if (mine !== latest || !form.isConnected) {
    return;
  }
  const fresh = page?.getElementById("drawing");
  if (!fresh) {
    form.submit();
    return;
  }
  document.getElementById("drawing").replaceWith(fresh);
  takeSentences(form, page);
  if (!form.closest("#preview")) {
    history.replaceState(history.state, "", `${form.getAttribute("action")}?${query}`);
  }
}

async function read(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// Shows each problem beside its field, and whether this chart is the saved one.
function takeSentences(form, page) {
  for (const element of form.querySelectorAll(".field-problem")) {
    element.textContent = page.getElementById(element.id)?.textContent ?? "";
    const field = form.querySelector(`[aria-describedby="${element.id}"]`);
    field?.toggleAttribute("aria-invalid", element.textContent !== "");
  }
  const kept = form.querySelector("[data-kept]");
  if (kept) {
    kept.textContent = page.querySelector("[data-kept]")?.textContent ?? "";
  }
}

function hideUnusedFields(form) {
  const { value } = form.elements["chart.kind"];
  for (const element of form.querySelectorAll("[data-unless]")) {
    element.hidden = element.dataset.unless.split(" ").includes(value);
  }
}
