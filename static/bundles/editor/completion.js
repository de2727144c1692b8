// Completes tables, columns, functions and keywords while somebody types. The server searches the database's catalogue; nothing
// of it is loaded in advance.
import { autocompletion } from "@codemirror/autocomplete";
import { keywordCompletionSource, PostgreSQL } from "@codemirror/lang-sql";
import { syntaxTree } from "@codemirror/language";

const PAUSE_MS = 120;
const OFFERED_MAX = 40;
// As many as fit without scrolling: a list that scrolls would have to take the focus.
const SHOWN_MAX = 12;
const CACHED_MAX = 200;
const NOT_CODE = ["String", "LineComment", "BlockComment"];
// The keywords before the name of a table.
const BEFORE_TABLES = ["from", "join", "update", "into", "table"];

export function completion(field) {
  return autocompletion({
    override: [(context) => offer(context, field)],
    activateOnTypingDelay: PAUSE_MS,
    maxRenderedOptions: SHOWN_MAX,
    icons: false,
  });
}

async function offer(context, field) {
  const inside = syntaxTree(context.state).resolveInner(context.pos, -1);
  if (NOT_CODE.includes(inside.name)) {
    return null;
  }
  const typed = context.matchBefore(/(?:[\p{L}_][\p{L}\p{N}_$]*|"(?:[^"]|"")*")\.[\p{L}\p{N}_$]*|[\p{L}_][\p{L}\p{N}_$]*/u);
  if (!typed && !context.explicit) {
    return null;
  }
  const text = typed?.text ?? "";
  const dot = text.lastIndexOf(".");
  const from = (typed?.from ?? context.pos) + dot + 1;
  const word = text.slice(dot + 1);
  const used = usedTables(context.state, context.pos);
  const options = dot < 0 ? await unqualified(field, word, used, context) : await members(field, text.slice(0, dot), word, used);
  return options.length === 0 ? null : { from, options, validFor: word === "" ? undefined : /^[\p{L}\p{N}_$]*$/u };
}

async function unqualified(field, word, used, context) {
  const tables = [...new Set(used.map(({ table }) => table))];
  const [known, found, keywords] = await Promise.all([
    tables.length > 0 ? ask(field, { table: tables }) : undefined,
    word === "" ? undefined : ask(field, { search: [word], functions: [word], limit: [OFFERED_MAX] }),
    keywordsOf(word, context),
  ]);
  const columns = (known?.tables ?? []).flatMap((table) => table.columns.map((column) => ofColumn(column, table.name)));
  const matching = (found?.tables ?? []).filter(({ name }) => name.toLowerCase().includes(word.toLowerCase()));
  const functions = (found?.functions ?? []).map(ofFunction);
  return [...columns, ...matching.map(ofTable), ...functions, ...keywords];
}

// Completes after a dot: the columns of a table or alias, or the tables of a schema.
async function members(field, owner, word, used) {
  const name = plain(owner);
  const alias = used.find((table) => table.alias === name);
  const exact = await ask(field, { table: [alias?.table ?? owner] });
  const [table] = exact?.tables ?? [];
  if (table) {
    return table.columns.map((column) => ofColumn(column, table.name));
  }
  const found = await ask(field, { search: [`${name}.${word}`], limit: [OFFERED_MAX] });
  const inSchema = (found?.tables ?? []).filter(({ schema }) => schema === name);
  return inSchema.map((table) => ({ ...ofTable(table), apply: table.identifier }));
}

async function keywordsOf(word, context) {
  const isUpper = word !== "" && word === word.toUpperCase() && word !== word.toLowerCase();
  const result = await keywordCompletionSource(PostgreSQL, isUpper)(context);
  return (result?.options ?? []).map((option) => ({ ...option, boost: -10, detail: undefined }));
}

const ofColumn = ({ name, identifier, type, comment }, table) => ({
  label: name,
  apply: identifier,
  detail: `${type}, ${table}`,
  info: comment ?? undefined,
  type: "property",
  boost: 20,
});

const ofTable = ({ name, identifier, qualified, schema, kind, comment }) => ({
  label: name,
  apply: qualified ?? identifier,
  detail: kind === "table" ? schema : `${kind}, ${schema}`,
  info: comment ?? undefined,
  type: "type",
  boost: 10,
});

const ofFunction = ({ name, arguments: taken, returns }) => ({
  label: name,
  displayLabel: `${name}(${taken})`,
  apply: (view, _, from, to) => {
    const insert = `${name}()`;
    const within = from + insert.length - (taken === "" ? 0 : 1);
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: within } });
  },
  detail: returns,
  type: "function",
});

// The tables of the statement at the cursor, each with its alias.
function usedTables(state, position) {
  let statement = syntaxTree(state).resolveInner(position, -1);
  while (statement.parent && statement.name !== "Statement") {
    statement = statement.parent;
  }
  const tokens = [];
  statement.cursor().iterate((node) => {
    if (node.name === "CompositeIdentifier") {
      tokens.push(token(state, node));
      return false;
    }
    if (node.node.firstChild === null) {
      tokens.push(token(state, node));
    }
    return true;
  });
  return tablesAmong(tokens);
}

const token = (state, { name, from, to }) => ({ name, text: state.sliceDoc(from, to) });
const isName = (token) => /Identifier$/.test(token?.name ?? "");
const isWord = (token, words) => token?.name === "Keyword" && words.includes(token.text.toLowerCase());

function tablesAmong(tokens) {
  const used = [];
  tokens.forEach((token, index) => {
    if (!isName(token)) {
      return;
    }
    const before = tokens[index - 1];
    const isListed = before?.text === "," && used.at(-1)?.end === index - 1;
    if (!isListed && !isWord(before, BEFORE_TABLES)) {
      return;
    }
    const after = isWord(tokens[index + 1], ["as"]) ? index + 2 : index + 1;
    const hasAlias = isName(tokens[after]);
    const name = plain(token.text.split(".").at(-1));
    used.push({
      table: token.text,
      alias: hasAlias ? plain(tokens[after].text) : name,
      end: hasAlias ? after + 1 : after,
    });
  });
  return used;
}

// A name as PostgreSQL reads it: unquoted, or folded to lowercase.
const plain = (text) => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase());

const cached = new Map();

function ask(field, parameters) {
  const address = field.form.elements.database?.selectedOptions?.[0]?.dataset.schema ?? field.dataset.schema;
  if (!address) {
    return undefined;
  }
  const url = new URL(address, location.href);
  for (const [name, values] of Object.entries(parameters)) {
    values.forEach((value) => url.searchParams.append(name, value));
  }
  const key = url.href;
  if (!cached.has(key)) {
    if (cached.size >= CACHED_MAX) {
      cached.clear();
    }
    // Failures are not cached.
    const body = fetch(url).then((response) => (response.ok ? response.json() : Promise.reject(response)));
    cached.set(key, body.catch(() => cached.delete(key) && undefined));
  }
  return cached.get(key);
}
