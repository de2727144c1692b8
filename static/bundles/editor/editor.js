// The query's editor in the place of its text field, which stays in its form and holds the same text.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { look } from "./look.js";

for (const field of document.querySelectorAll("textarea[data-editor]")) {
  replace(field);
}

function replace(field) {
  const view = new EditorView({
    state: EditorState.create({ doc: field.value, extensions: extensions(field) }),
  });
  field.after(view.dom);
  field.hidden = true;
  // What is hidden cannot be asked for by the browser; the server does.
  field.required = false;
}

function extensions(field) {
  return [
    EditorView.cspNonce.of(field.dataset.nonce),
    EditorView.contentAttributes.of(attributes(field)),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) {
        field.value = update.state.doc.toString();
      }
    }),
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    sql({ dialect: PostgreSQL }),
    look,
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
  ];
}

function attributes(field) {
  const attributes = { "aria-label": field.labels[0].textContent };
  for (const name of ["aria-invalid", "aria-describedby"]) {
    if (field.hasAttribute(name)) {
      attributes[name] = field.getAttribute(name);
    }
  }
  return attributes;
}
