// Tracks which text the rows below the query belong to. If it is not the editor's, they are dimmed and labelled. The main button is Run
// until the text was run, then Save.
import { element } from "../element.js";

const part = (id) => document.getElementById(id);
const rowsIn = (panel) => panel?.querySelector("table, [role=grid]");

export function followRows(form) {
  const field = form.elements.sql;
  const isReturned = form.dataset.typed !== undefined;
  const version = form.elements.base?.value;
  const saved = { text: isReturned ? undefined : field.defaultValue, words: `Rows of version ${version}` };
  const [run, save] = [form.querySelector("[data-run]"), form.querySelector("[data-save]")];
  const note = element("span", "help");
  note.setAttribute("role", "status");
  form.querySelector("[data-busy-status]").before(note);

  const preview = rowsIn(part("preview")) ? { text: field.value, words: "Rows of an earlier text" } : undefined;
  let rows = preview ?? saved;
  let ran = isReturned ? field.value : version === undefined ? undefined : saved.text;

  const update = () => {
    const isOther = rows.text !== field.value;
    const panel = rows === saved ? document.querySelector("[data-saved]") : part("preview");
    for (const each of [part("preview"), document.querySelector("[data-saved]")]) {
      each?.classList.toggle("of-another-text", isOther && each === panel);
    }
    note.textContent = rowsIn(panel) ? (isOther ? rows.words : (rows.note ?? "")) : "";
    run.classList.toggle("primary", ran !== field.value);
    save.classList.toggle("primary", ran === field.value);
  };
  form.addEventListener("input", update);
  update();

  return {
    // `text` is undefined unless all of it was run.
    hasRun(text) {
      ran = text;
      update();
    },
    showsPreview(text, isWhole) {
      rows = isWhole ? { text, words: "Rows of an earlier text" } : { text, words: "Rows of an earlier selection", note: "Rows of the selection" };
      update();
    },
    showsSaved() {
      rows = saved;
      update();
    },
  };
}
