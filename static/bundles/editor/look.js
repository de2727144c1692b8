// The editor's theme. It uses the custom properties of the style sheet, so that it is light or dark like the page.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--code-type)" },
  { tag: tags.comment, color: "var(--ink-soft)", fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": {
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--paper)",
    fontSize: "var(--text-small)",
    overflow: "hidden",
    height: "var(--editor-height, auto)",
  },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", minHeight: "calc(2lh + 2 * var(--space-2))", maxHeight: "var(--editor-height, calc(12lh + 2 * var(--space-2)))", overflow: "auto" },
  ".cm-content": { padding: "var(--space-2) 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 var(--space-4) 0 var(--space-2)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-soft)", borderRight: "1px solid var(--line)" },
  ".cm-blank, .cm-blank *": { color: "var(--accent)", fontWeight: "400" },
  ".cm-blank": { backgroundColor: "var(--accent-surface)", borderRadius: "var(--radius)" },
  ".cm-error": { textDecoration: "underline wavy var(--danger)", textUnderlineOffset: "3px", backgroundColor: "var(--danger-surface)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-surface)", outline: "1px solid var(--line-strong)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection)" },
  ".cm-tooltip": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "var(--radius)", boxShadow: "var(--shadow)", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "var(--text-small)", maxHeight: "none", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "var(--space-1) var(--space-3)", display: "flex", gap: "var(--space-4)", justifyContent: "space-between" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { fontStyle: "normal", color: "var(--ink-soft)", marginLeft: "0", overflow: "hidden", textOverflow: "ellipsis", maxWidth: "16rem" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-tooltip.cm-completionInfo": { padding: "var(--space-2) var(--space-3)", maxWidth: "20rem", fontFamily: "var(--sans)" },
  ".cm-forms": { fontFamily: "var(--mono)", whiteSpace: "pre-wrap" },
  ".cm-panels": { backgroundColor: "var(--surface)", color: "var(--ink)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "var(--space-1) var(--space-2)", padding: "var(--space-2) 2.5rem var(--space-2) var(--space-2)" },
  ".cm-panel.cm-search br": { flexBasis: "100%", display: "block", content: "''", width: "100%" },
  ".cm-panel.cm-search :is(input, button, label)": { margin: "0", fontSize: "var(--text-small)" },
  ".cm-panel.cm-search label": { fontWeight: "400", display: "inline-flex", alignItems: "center", gap: "var(--space-1)" },
  ".cm-textfield": { minHeight: "1.75rem", width: "14rem", maxWidth: "100%", padding: "0 var(--space-2)", border: "1px solid var(--line-strong)", borderRadius: "var(--radius)", backgroundColor: "var(--paper)", color: "var(--ink)" },
  ".cm-panel.cm-search .cm-button": { minHeight: "1.75rem", padding: "0 var(--space-2)", border: "1px solid var(--line-strong)", borderRadius: "var(--radius)", backgroundColor: "var(--paper)", backgroundImage: "none", color: "var(--ink)" },
  ".cm-panel.cm-search [name=close]": { top: "var(--space-1)", right: "var(--space-1)", width: "2rem", height: "2rem", color: "var(--ink)" },
  ".cm-searchMatch": { backgroundColor: "var(--warning-surface)", outline: "1px solid var(--warning)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--selection)" },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-surface)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
});

export const look = [theme, syntaxHighlighting(colours)];

// The words of the search.
export const words = EditorState.phrases.of({
  next: "Next",
  previous: "Previous",
  all: "All",
  "match case": "Match case",
  regexp: "Regular expression",
  "by word": "Whole words",
  replace: "Replace",
  "replace all": "Replace all",
  close: "Close",
});
