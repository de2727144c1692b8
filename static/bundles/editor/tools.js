// The editor's buttons beside Run and Save: Format, Find, and Wrap, which this browser remembers.
import { openSearchPanel } from "@codemirror/search";
import { Compartment } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { button, element } from "../element.js";
import { held } from "../keys.js";
import { format } from "./format.js";

const WRAPPED = "dataclips.editor-wrap";

const wrapping = new Compartment();

export const wrap = () => wrapping.of(isWrapped() ? EditorView.lineWrapping : []);

// Returns a function that formats the query.
export function addTools(form, field, view) {
  const says = element("span", "help");
  says.setAttribute("role", "status");
  const tools = element("span", "editor-tools");
  const formats = async () => {
    says.textContent = await format(view, field.dataset.formatter);
    view.focus();
  };
  if (field.dataset.formatter) {
    tools.append(named(button("Format", formats), `Format the query (${held("Shift+F")})`));
  }
  const find = button("Find", () => openSearchPanel(view));
  const toggle = button("Wrap", () => setWrapped(view, toggle, !isWrapped()));
  toggle.setAttribute("aria-pressed", isWrapped());
  tools.append(named(find, `Find and replace (${held("F")})`), named(toggle, "Wrap long lines"), says);
  [...form.querySelectorAll(".actions:has([data-run]) > :is(button, a)")].at(-1).after(tools);
  form.addEventListener("input", () => (says.textContent = ""));
  return formats;
}

function named(button, title) {
  button.title = title;
  return button;
}

function setWrapped(view, toggle, isOn) {
  localStorage.setItem(WRAPPED, isOn ? "on" : "off");
  toggle.setAttribute("aria-pressed", isOn);
  view.dispatch({ effects: wrapping.reconfigure(isOn ? EditorView.lineWrapping : []) });
}

function isWrapped() {
  return localStorage.getItem(WRAPPED) === "on";
}
