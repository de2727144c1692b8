// Completes tables, columns, functions, keywords and conditions of joins while somebody types.
import { autocompletion } from "@codemirror/autocomplete";
import { isInBlank } from "./blank.js";
import { ask } from "./catalog.js";
import { conditions } from "./join.js";
import { keywordsOf, ofColumn, ofCondition, ofFunction, ofTable, ofWithQuery, quoted } from "./option.js";
import { ranked } from "./rank.js";
import { plain, statementAt, typedAt } from "./statement.js";

const PAUSE_MS = 120;
const OFFERED_MAX = 40;
// As many as fit without scrolling: a list that scrolls would have to take the focus.
const SHOWN_MAX = 12;

export function completion(field) {
  return autocompletion({
    override: [(context) => offer(context, field)],
    activateOnTypingDelay: PAUSE_MS,
    maxRenderedOptions: SHOWN_MAX,
    icons: false,
  });
}

async function offer(context, field) {
  const typed = typedAt(context.state, context.pos);
  const line = context.state.doc.lineAt(context.pos);
  if (!typed || isInBlank(context.state.sliceDoc(line.from, context.pos))) {
    return null;
  }
  const statement = statementAt(context.state, context.pos, typed);
  const isBare = typed.word === "" && typed.owner === undefined && !typed.isQuoted;
  if (isBare && !context.explicit && statement.joins.length === 0 && !statement.using) {
    return null;
  }
  const isAsked = context.explicit || typed.owner !== undefined || typed.isQuoted;
  if (!isAsked && (statement.isNamed || statement.mayBeNamed)) {
    return statement.isNamed ? null : keywordsAlone(typed, context);
  }
  const known = await describe(field, statement.used);
  const shared = ofUsing(statement, known);
  if (shared.length > 0) {
    return result(typed, { options: shared });
  }
  const joins = ofJoins(statement, known, typed);
  if (isBare && !context.explicit) {
    return result(typed, { options: joins });
  }
  const rest = typed.owner === undefined ? await unqualified(field, typed, statement, known, context) : await members(field, typed, known);
  return result(typed, { ...rest, options: [...joins, ...rest.options] });
}

// Where an alias may come: Enter after an invented letter must not turn it into a keyword.
async function keywordsAlone(typed, context) {
  return typed.word.length < 2 ? null : result(typed, { options: await keywordsOf(typed.word, false, context) });
}

// The list stays while more of the word is typed, unless the server left some out.
function result(typed, { options, isCut = false }) {
  const all = typed.isQuoted ? options.map(quoted) : options;
  const shown = (from, word) => {
    const best = ranked(all, word);
    return best.length === 0 ? null : { from, options: best, filter: false, getMatch: ({ found }) => found, update };
  };
  const update = (_, from, to, { state }) => {
    const now = typedAt(state, to);
    const isSame = now?.from === from && now.isQuoted === typed.isQuoted && now.word.startsWith(typed.word);
    return isSame && !isCut ? shown(from, now.word) : null;
  };
  return shown(typed.from, typed.word);
}

// The tables that the query uses, each with what the catalogue says of it.
async function describe(field, used) {
  const names = [...new Set(used.map(({ table }) => table))];
  const found = names.length > 0 ? await ask(field, { table: names }) : undefined;
  const tables = found?.tables ?? [];
  const is = ({ schema, name }) => (table) => table.name === name && (schema === undefined ? table.qualified === null : table.schema === schema);
  return used.map((one) => ({ ...one, table: tables.find(is(one)) })).filter(({ table }) => table);
}

function ofJoins({ joins, isUpper }, known, typed) {
  const [joined, ...others] = joins.map(({ index }) => known.find((one) => one.index === index));
  if (!joined || typed.isQuoted) {
    return [];
  }
  const found = conditions(joined, others.filter(Boolean), isUpper);
  const owner = typed.owner === undefined ? "" : `${typed.owner}.`;
  const fitting = found.filter((condition) => condition.toLowerCase().startsWith(owner.toLowerCase()));
  return fitting.map((condition) => ofCondition(condition, condition.slice(owner.length)));
}

// The columns that both sides of USING have.
function ofUsing({ using }, known) {
  const [joined, ...others] = (using?.joins ?? []).map(({ index }) => known.find((one) => one.index === index));
  const has = (name) => others.some((other) => other?.table.columns.some((column) => column.name === name));
  const isShared = ({ name }) => has(name) && !using.written.includes(name);
  return joined ? joined.table.columns.filter(isShared).map((column) => ofColumn(column, joined.table.name)) : [];
}

const isAmong = (known, table) => known.some((one) => one.table.schema === table.schema && one.table.name === table.name);

async function unqualified(field, { word, isQuoted }, { wantsTable, withQueries }, known, context) {
  const [found, keywords] = await Promise.all([
    word !== "" || wantsTable || isQuoted ? ask(field, { search: [word], ...(isQuoted ? {} : { functions: [word] }), limit: [OFFERED_MAX] }) : undefined,
    isQuoted ? [] : keywordsOf(word, wantsTable, context),
  ]);
  const others = (found?.tables ?? []).filter((table) => !isAmong(known, table));
  const tables = [
    ...withQueries.map((text) => ofWithQuery(plain(text), text, wantsTable)),
    ...distinct(known.map(({ table }) => table)).map((table) => ofTable(table, true, wantsTable)),
    ...others.map((table) => ofTable(table, false, wantsTable)),
  ];
  const columns = wantsTable ? [] : distinct(known.map(({ table }) => table)).flatMap(columnsOf);
  const functions = word === "" ? [] : (found?.functions ?? []).map(ofFunction);
  return { options: [...columns, ...tables, ...functions, ...keywords], isCut: found?.truncated };
}

const distinct = (tables) => [...new Set(tables)];
const columnsOf = (table) => table.columns.map((column) => ofColumn(column, table.name));

// Completes after a dot: the columns of a table or alias, or the tables of a schema.
async function members(field, { owner, word }, known) {
  const name = plain(owner);
  const used = known.find(({ alias }) => alias === name)?.table;
  const table = used ?? (await ask(field, { table: [owner] }))?.tables[0];
  if (table) {
    return { options: columnsOf(table) };
  }
  const found = await ask(field, { search: [`${name}.${word}`], limit: [OFFERED_MAX] });
  const inSchema = (found?.tables ?? []).filter(({ schema }) => schema === name);
  const options = inSchema.map((one) => ({ ...ofTable(one, isAmong(known, one), true), apply: one.identifier, prefix: "" }));
  return { options, isCut: found?.truncated };
}
