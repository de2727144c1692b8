// Underlines the place of an error in the query.
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

const put = StateEffect.define();
const underline = Decoration.mark({ class: "cm-error", attributes: { title: "PostgreSQL stopped here." } });

export const mark = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    let moved = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(put)) {
        moved = effect.value ? Decoration.set([underline.range(effect.value.from, effect.value.to)]) : Decoration.none;
      }
    }
    return moved;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Underlines the place of the error that the page shows, or nothing. The query that failed began at `start`. If it was a
// selection, it stays selected.
export function markError(view, start) {
  const position = document.querySelector("#query-error [data-position]")?.dataset.position;
  const range = position === undefined ? undefined : find(view.state, start ?? 0, Number(position));
  view.dispatch({ effects: put.of(range), scrollIntoView: range !== undefined });
  if (range && start === undefined) {
    view.dispatch({ selection: { anchor: range.from }, scrollIntoView: true });
  }
}

// PostgreSQL counts characters from 1, JavaScript UTF-16 code units from 0. An error at the end of the text is marked at its
// last character.
function find(state, start, position) {
  const text = state.doc.toString();
  let from = start;
  for (let index = 1; index < position && from < text.length; index += 1) {
    from += text.codePointAt(from) > 0xffff ? 2 : 1;
  }
  if (from === text.length) {
    from = text.trimEnd().length - 1;
  }
  if (from < 0) {
    return undefined;
  }
  const word = state.wordAt(from);
  return { from, to: word ? word.to : from + 1 };
}
