// When one of several forms on a page is sent, keeps what was typed in the others, in this tab: the page shows it again when it
// comes back.
const KEPT = "dataclips.typed";
const TEXTS = "textarea, input:is([type=text], [type=email], [type=search], :not([type]))";

const path = location.pathname;
const textsOf = (form) => [...form.elements].filter((field) => field.name && field.matches(TEXTS));
const actionOf = (form) => form.getAttribute("action");

function keep(sent) {
  const others = [...document.querySelectorAll("main form[method=post]")].filter((form) => form !== sent);
  const changed = (form) => textsOf(form).filter((field) => field.value !== field.defaultValue);
  const kept = others.flatMap((form) => changed(form).map(({ name, value }) => ({ action: actionOf(form), name, value })));
  if (kept.length > 0) {
    sessionStorage.setItem(KEPT, JSON.stringify({ path, kept }));
  }
}

function show() {
  const typed = JSON.parse(sessionStorage.getItem(KEPT));
  if (typed?.path !== path) {
    return;
  }
  sessionStorage.removeItem(KEPT);
  for (const { action, name, value } of typed.kept) {
    const form = [...document.forms].find((form) => actionOf(form) === action);
    const field = form && textsOf(form).find((field) => field.name === name);
    if (field) {
      field.value = value;
      field.closest("details")?.setAttribute("open", "");
    }
  }
}

document.addEventListener("submit", (event) => event.defaultPrevented || keep(event.target));
show();
