// The chart's form draws as it is changed: the same rows, without a reload and without a run. The server says what is drawn, as
// it does where there are no scripts.
let latest = 0;

export function followForm() {
  document.querySelectorAll("[data-chart-form]").forEach(hideWhatIsOfNoUse);
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-chart-form]");
    if (form && event.target.name !== "opens_first") {
      hideWhatIsOfNoUse(form);
      redraw(form);
    }
  });
}

async function redraw(form) {
  latest += 1;
  const mine = latest;
  const asked = new URLSearchParams(new FormData(form));
  asked.delete("since");
  asked.delete("opens_first");
  const rows = new URLSearchParams(asked);
  new URLSearchParams(form.dataset.shown).forEach((value, name) => rows.set(name, value));
  const page = await read(`${form.action}?${rows}`).catch(() => undefined);
  if (mine !== latest || !form.isConnected) {
    return;
  }
  const fresh = page?.getElementById("drawing");
  if (!fresh) {
    form.requestSubmit(form.querySelector("[data-draw]"));
    return;
  }
  document.getElementById("drawing").replaceWith(fresh);
  takeSentences(form, page);
  history.replaceState(history.state, "", `${form.action}?${asked}`);
}

async function read(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// What is wrong beside its field, and whether this is what is kept.
function takeSentences(form, page) {
  for (const element of form.querySelectorAll(".field-problem")) {
    element.textContent = page.getElementById(element.id)?.textContent ?? "";
    const field = form.querySelector(`select[aria-describedby="${element.id}"]`);
    field?.toggleAttribute("aria-invalid", element.textContent !== "");
  }
  const kept = form.querySelector("[data-kept]");
  if (kept) {
    kept.textContent = page.querySelector("[data-kept]")?.textContent ?? "";
  }
}

function hideWhatIsOfNoUse(form) {
  const { value } = form.elements.kind;
  for (const element of form.querySelectorAll("[data-unless]")) {
    element.hidden = element.dataset.unless.split(" ").includes(value);
  }
}
