// Colours the blanks of a query, as in {{country = France}}. In texts and comments they are none.
import { syntaxTree } from "@codemirror/language";
import { Decoration, MatchDecorator, ViewPlugin } from "@codemirror/view";
import { NOT_CODE } from "./statement.js";

const coloured = Decoration.mark({ class: "cm-blank" });

const matcher = new MatchDecorator({
  regexp: /\{\{[^\n]*?\}\}/g,
  decorate: (add, from, to, _, view) => {
    if (!NOT_CODE.includes(syntaxTree(view.state).resolveInner(from, 1).name)) {
      add(from, to, coloured);
    }
  },
});

export const blanks = ViewPlugin.define(
  (view) => ({
    decorations: matcher.createDeco(view),
    update(update) {
      this.decorations = matcher.updateDeco(update, this.decorations);
    },
  }),
  { decorations: (plugin) => plugin.decorations },
);

// Whether the end of a line's text is inside a blank.
export const isInBlank = (text) => /\{\{(?!.*\}\})/.test(text);
