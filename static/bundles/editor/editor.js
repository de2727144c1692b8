// Replaces the query's text field with an editor. The hidden field stays in the form and holds the same text; without this
// script it is the editor.
import { acceptCompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap, insertBracket } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { held } from "../keys.js";
import { blanks } from "./blank.js";
import { completion } from "./completion.js";
import { keepDraft } from "./draft.js";
import { look, words } from "./look.js";
import { mark, markError } from "./mark.js";
import { runBeside, runInPlace } from "./run.js";
import { followRows } from "./shown.js";
import { addTools, wrap } from "./tools.js";

for (const field of document.querySelectorAll("textarea[data-editor]:not([hidden])")) {
  mount(field);
}

function mount(field) {
  const { form } = field;
  const view = replace(field);
  const shown = followRows(form);
  keepDraft(form, view);
  markError(view);
  runInPlace(form, shown, () => {
    closeCompletion(view);
    return toRun(view);
  });
  const format = addTools(form, field, view);
  shortcuts(form, format);
  keepCursor(form, view);
  takeFromSchema(field, view, shown);
  field.addEventListener("dataclips:selected", () => nameRun(form, view));
}

// The selection if there is one, else the whole text.
function toRun(view) {
  const { from, to } = view.state.selection.main;
  const part = view.state.sliceDoc(from, to);
  const whole = { sql: view.state.doc.toString(), isWhole: true, changed: () => markError(view) };
  return part.trim() === "" ? whole : { sql: part, isWhole: part === whole.sql, changed: () => markError(view, from) };
}

function nameRun(form, view) {
  form.querySelector("[data-run]").textContent = toRun(view).isWhole ? "Run" : "Run selection";
}

function replace(field) {
  const cursor = Math.min(Number(field.dataset.cursor ?? 0), field.value.length);
  const view = new EditorView({
    state: EditorState.create({ doc: field.value, selection: { anchor: cursor }, extensions: extensions(field) }),
    scrollTo: EditorView.scrollIntoView(cursor),
  });
  field.after(view.dom);
  field.hidden = true;
  // Browsers cannot report a missing value of a hidden field; the server does.
  field.required = false;
  field.labels[0].addEventListener("click", () => view.focus());
  if (field.autofocus) {
    view.focus();
  }
  return view;
}

function extensions(field) {
  return [
    EditorView.cspNonce.of(field.dataset.nonce),
    EditorView.contentAttributes.of(attributes(field)),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) {
        field.value = update.state.doc.toString();
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      if (update.selectionSet || update.docChanged) {
        field.dispatchEvent(new Event("dataclips:selected"));
      }
    }),
    EditorView.domEventHandlers({ beforeinput: typeOver }),
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    sql({ dialect: PostgreSQL }),
    blanks,
    completion(field),
    search({ top: true }),
    highlightSelectionMatches(),
    wrap(),
    words,
    mark,
    look,
    // Tab accepts a completion; otherwise it leaves the editor, as in every other field.
    keymap.of([
      { key: "Tab", run: acceptCompletion },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
  ];
}

// Replaces a selection with typed text. Chromium itself would preserve the old text's colours with inline styles, which the
// page's Content-Security-Policy forbids.
function typeOver(event, view) {
  if (event.inputType !== "insertText" || event.isComposing || view.state.selection.main.empty) {
    return false;
  }
  event.preventDefault();
  const typed = { ...view.state.replaceSelection(event.data), userEvent: "input.type", scrollIntoView: true };
  view.dispatch(insertBracket(view.state, event.data) ?? view.state.update(typed));
  return true;
}

function attributes(field) {
  // A tab stop of its own, so that the keyboard can scroll a long text.
  const attributes = { "aria-label": field.labels[0].textContent, tabindex: "0" };
  for (const name of ["aria-invalid", "aria-describedby"]) {
    if (field.hasAttribute(name)) {
      attributes[name] = field.getAttribute(name);
    }
  }
  return attributes;
}

// Shortcuts that work anywhere in the form. They are captured before the editor handles the keys.
function shortcuts(form, format) {
  const press = (event, button) => {
    event.preventDefault();
    event.stopPropagation();
    form.requestSubmit(form.querySelector(button));
  };
  form.addEventListener(
    "keydown",
    (event) => {
      const isHeld = (event.ctrlKey || event.metaKey) && !event.altKey;
      const isEnter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
      // Enter in a field of one line would press the form's first button.
      if (isEnter && (isHeld || event.target.matches("#blanks input"))) {
        press(event, "[data-run]");
      } else if (isEnter && event.target.matches("[name=note], [name=title]")) {
        press(event, "[data-save]");
      } else if (isHeld && !event.shiftKey && event.key === "s") {
        press(event, "[data-save]");
      } else if (isHeld && event.shiftKey && event.key.toLowerCase() === "f") {
        event.preventDefault();
        event.stopPropagation();
        format();
      }
    },
    { capture: true },
  );
  const keys = form.querySelector("[data-keys]");
  keys.textContent = `${held("Enter")} runs, ${held("S")} saves, Ctrl+Space completes.`;
  keys.hidden = false;
}

// For the page that comes after a save.
function keepCursor(form, view) {
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) {
      const sent = { path: new URL(form.action).pathname, cursor: view.state.selection.main.head };
      sessionStorage.setItem("dataclips.sent", JSON.stringify(sent));
    }
  });
}

// Takes names, and whole queries to run, from the schema explorer.
function takeFromSchema(field, view, shown) {
  field.addEventListener("dataclips:insert", (event) => {
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.detail.text), { scrollIntoView: true });
    view.focus();
  });
  field.addEventListener("dataclips:query", (event) => {
    event.preventDefault();
    // Text that somebody wrote is not replaced.
    if (field.value.trim() === "") {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: event.detail.sql } });
    }
    runBeside(field.form, shown, event.detail.sql);
  });
}
