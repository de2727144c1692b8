// Runs the query when a value above its rows is changed. The address then holds only the values that say something, and the focus
// is where it was. Wherever a form asks for several values, a field for another one follows the last.
const FOCUS = "dataclips.focused-value";
// Each key in these may make another valid value.
const TYPED = ["date", "time", "datetime-local", "number"];
const PAUSE_MS = 600;

document.addEventListener("input", ({ target }) => addAnother(target));

for (const form of [...document.querySelectorAll("form[data-values]")].map(unshadowed)) {
  follow(form);
  restoreFocus(form);
}

// A page that comes back shows the rows of its address, and so the values of its address.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) {
    unshadowed(document.querySelector("form[data-values]"))?.reset();
  }
});

function follow(form) {
  let waiting, pause, isByKey;
  const runNow = (field) => {
    clearTimeout(pause);
    waiting = undefined;
    run(form, field);
  };
  const runAfterPause = (field) => {
    waiting = field;
    pause = setTimeout(runNow, PAUSE_MS, field);
  };
  // What is typed by key counts once its field is left; the steps of a number or of a list also after a pause.
  form.addEventListener("keydown", ({ target, key }) => {
    clearTimeout(pause);
    isByKey = true;
    const isTyped = TYPED.includes(target.type) && !key.startsWith("Arrow");
    if (isTyped && key !== "Enter" && key !== "Tab") {
      waiting = target;
    }
  });
  form.addEventListener("pointerdown", ({ target }) => {
    isByKey = false;
    waiting = target === waiting ? undefined : waiting;
  });
  form.addEventListener("change", ({ target }) => {
    clearTimeout(pause);
    const isStep = target.type === "number" || (isByKey && target.type === "select-one");
    if (isStep && target.matches(":focus")) {
      runAfterPause(target);
    } else if (target !== waiting && !target.closest("[data-checks]")) {
      runNow(target);
    }
  });
  form.addEventListener("focusout", ({ target }) => {
    if (target === waiting && target.value !== target.defaultValue) {
      runNow(target);
    }
  });
  for (const checks of form.querySelectorAll("[data-checks]")) {
    checks.addEventListener("toggle", ({ newState }) => {
      const boxes = [...checks.querySelectorAll("input")];
      if (newState === "closed" && boxes.some((box) => box.checked !== box.defaultChecked)) {
        run(form, checks.parentElement.querySelector("button"));
      }
    });
  }
  form.addEventListener("formdata", ({ formData }) => shorten(form, formData));
}

// An empty field follows the last of several values, so that Tab leads there; the server writes the same fields.
function addAnother(field) {
  const several = field.closest?.(".several");
  if (!several || several.lastElementChild !== field || field.value === "") {
    return;
  }
  const another = field.cloneNode();
  const number = several.children.length + 1;
  another.value = "";
  another.placeholder = "Another";
  another.id = field.id.replace(/\d+$/, number);
  another.ariaLabel = field.ariaLabel.replace(/\d+$/, number);
  several.append(another);
}

// The focus may be on its way to another field.
function run(form, changed) {
  setTimeout(() => {
    const { activeElement } = document;
    const { id } = form.contains(activeElement) && activeElement.id ? activeElement : changed;
    sessionStorage.setItem(FOCUS, JSON.stringify({ id, path: location.pathname }));
    form.requestSubmit();
  });
}

// Drops what means the same as nothing: an empty value, unless it is NULL in place of a default; the default; and what was never
// changed.
function shorten(form, formData) {
  const address = new URLSearchParams(location.search);
  for (const name of new Set(formData.keys())) {
    const fields = [...form.querySelectorAll(`.value [name="${CSS.escape(name)}"]`)];
    if (fields.length === 0) {
      continue;
    }
    const field = fields.at(-1);
    const isSwitch = field.role === "switch";
    const isInitial = fields.every((one) => one.localName === "input" && one.value === one.defaultValue && one.checked === one.defaultChecked);
    // A switch that is off says so, unless that is its default.
    const isUnsaid = !address.has(name) && isInitial && !isSwitch;
    const all = isUnsaid ? [] : isSwitch ? [String(field.checked)] : formData.getAll(name);
    const kept = all.filter((value) => value !== "" || ("keepsEmpty" in field.dataset && all.length === 1));
    const isDefault = kept.length === 1 && kept[0] === field.dataset.default;
    formData.delete(name);
    (isDefault ? [] : kept).forEach((value) => formData.append(name, value));
  }
}

function restoreFocus(form) {
  const saved = JSON.parse(sessionStorage.getItem(FOCUS) ?? "null");
  sessionStorage.removeItem(FOCUS);
  if (saved?.path === location.pathname && saved.id) {
    form.querySelector(`#${CSS.escape(saved.id)}`)?.focus({ preventScroll: true });
  }
}
