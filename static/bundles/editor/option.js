// What the completion list shows of columns, tables, functions and keywords, and what it puts into the query.
import { pickedCompletion } from "@codemirror/autocomplete";
import { keywordCompletionSource, PostgreSQL } from "@codemirror/lang-sql";
import { BEGINNING, INSIDE } from "./rank.js";

// Which kind comes first if names match equally well.
const RANK = { condition: 0, column: 1, used: 2, function: 3, common: 4, keyword: 5, table: 6, empty: 7 };
const RANK_OF_TABLES = { used: 0, table: 1, empty: 2 };
const FORMS_SHOWN_MAX = 6;
const COMMON = new Set(
  "select from where group order by having limit offset join left right inner outer full cross lateral on using and or not in is null like ilike between exists case when then else end as distinct union all with asc desc over partition filter cast true false interval".split(" "),
);

export const ofCondition = (condition, label) => ({ label, apply: label, detail: "foreign key", type: "condition", rank: RANK.condition });

export const ofColumn = ({ name, identifier, type, comment }, table) => ({
  label: name,
  apply: identifier,
  detail: `${type}, ${table}`,
  info: comment ?? undefined,
  type: "property",
  rank: RANK.column,
});

export function ofTable({ name, identifier, qualified, schema, kind, comment, rows_estimate: rows }, isUsed, wantsTable) {
  // A view has no count of rows.
  const isEmpty = kind.endsWith("table") && kind !== "foreign table" && !(rows > 0);
  const group = isUsed ? "used" : isEmpty ? "empty" : "table";
  return {
    label: name,
    apply: qualified ?? identifier,
    detail: kind === "table" ? schema : `${kind}, ${schema}`,
    info: comment ?? undefined,
    type: "type",
    rank: wantsTable ? RANK_OF_TABLES[group] : RANK[group],
    worst: INSIDE,
    prefix: qualified === null ? "" : qualified.slice(0, -identifier.length),
  };
}

export const ofWithQuery = (label, apply, wantsTable) => ({
  label,
  apply,
  detail: "with",
  type: "type",
  rank: wantsTable ? RANK_OF_TABLES.used : RANK.used,
  prefix: "",
});

export function ofFunction({ name, forms }) {
  const [{ arguments: taken, returns }] = forms;
  const isOne = forms.length === 1;
  return {
    label: name,
    displayLabel: isOne ? `${name}(${taken})` : `${name}(…)`,
    apply: (view, option, from, to) => {
      const takesNothing = isOne && taken === "";
      put(view, option, from, to, `${name}()`, takesNothing ? 0 : -1);
    },
    detail: isOne ? returns : `${forms.length} forms`,
    info: isOne ? undefined : formsInWords(name, forms),
    type: "function",
    rank: RANK.function,
    worst: BEGINNING,
  };
}

function formsInWords(name, forms) {
  const shown = forms.slice(0, FORMS_SHOWN_MAX).map((form) => `${name}(${form.arguments}) → ${form.returns}`);
  const left = forms.length - shown.length;
  return () => {
    const list = document.createElement("div");
    list.className = "cm-forms";
    list.textContent = [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join("\n");
    return list;
  };
}

// Where a table is wanted, only the common keywords are offered.
export async function keywordsOf(word, wantsTable, context) {
  const isUpper = word !== "" && word === word.toUpperCase() && word !== word.toLowerCase();
  const result = await keywordCompletionSource(PostgreSQL, isUpper)(context);
  const options = (result?.options ?? []).map(({ label, type }) => {
    const rank = COMMON.has(label.toLowerCase()) ? RANK.common : RANK.keyword;
    return { label, type, rank, worst: BEGINNING, isKeyword: true };
  });
  return wantsTable ? options.filter(({ rank }) => rank === RANK.common) : options;
}

// The same option, within the open quote, which it closes once.
export const quoted = (option) => ({
  ...option,
  apply: (view, _, from, to) => {
    const name = `${option.prefix ?? ""}"${option.label.replaceAll('"', '""')}"`;
    const end = view.state.sliceDoc(to, to + 1) === '"' ? to + 1 : to;
    put(view, option, from, end, name, 0);
  },
});

function put(view, option, from, to, insert, back) {
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + insert.length + back },
    annotations: pickedCompletion.of(option),
    userEvent: "input.complete",
    scrollIntoView: true,
  });
}
