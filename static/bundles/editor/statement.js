// Reads the statement at the cursor: what is being typed there, and the tables with their aliases.
import { PostgreSQL } from "@codemirror/lang-sql";
import { syntaxTree } from "@codemirror/language";

export const NOT_CODE = ["String", "LineComment", "BlockComment"];
// The keywords before the name of a table.
const BEFORE_TABLES = ["from", "join", "update", "into", "table"];
const NAME = '(?:[\\p{L}_][\\p{L}\\p{N}_$]*|"(?:[^"]|"")*")';
const OWNER = new RegExp(`(${NAME})\\.$`, "u");
const WORD = new RegExp(`(?:(${NAME})\\.)?([\\p{L}_][\\p{L}\\p{N}_$]*)?$`, "u");

// A name as PostgreSQL reads it: unquoted, or folded to lowercase.
export const plain = (text) => (text.startsWith('"') ? text.slice(1).replace(/"$/, "").replaceAll('""', '"') : text.toLowerCase());

// The word before the cursor, and what stands before its dot. `from` is where the word begins, with its quote if one is open,
// `start` where its owner does. Undefined in texts and comments.
export function typedAt(state, position) {
  const inside = syntaxTree(state).resolveInner(position, -1);
  if (NOT_CODE.includes(inside.name)) {
    return undefined;
  }
  const line = state.doc.lineAt(position);
  if (isOpen(state, inside, position)) {
    const owner = state.sliceDoc(line.from, inside.from).match(OWNER)?.[1];
    const start = inside.from - (owner === undefined ? 0 : owner.length + 1);
    return { owner, word: state.sliceDoc(inside.from + 1, position), from: inside.from, start, isQuoted: true };
  }
  const [all, owner, word = ""] = state.sliceDoc(line.from, position).match(WORD);
  return { owner, word, from: position - word.length, start: position - all.length, isQuoted: false };
}

// Whether the cursor is in a quoted name: after its first quote, and not after its last.
function isOpen(state, { name, from, to }, position) {
  const isClosed = to - from > 1 && state.sliceDoc(to - 1, to) === '"';
  return name === "QuotedIdentifier" && from < position && (position < to || !isClosed);
}

// The tables of the statement, except one that is being typed, and what the keyword before the typed word asks for.
export function statementAt(state, position, typed) {
  const { text, tree } = parsed(state, position, typed);
  let statement = tree.resolveInner(position, -1);
  while (statement.parent && statement.name !== "Statement") {
    statement = statement.parent;
  }
  const tokens = tokensOf(statement, text);
  const tables = tablesAmong(tokens);
  const next = tokens.findIndex(({ to }) => to > typed.start);
  const at = (next < 0 ? tokens.length : next) - 1;
  const last = tokens[at];
  const follows = last?.text === "," && tables.some(({ end }) => end === at);
  return {
    used: tables.filter(({ from, to }) => position <= from || to < position),
    wantsTable: follows || isWord(last, BEFORE_TABLES),
    withQueries: withQueriesAmong(tokens),
    using: usingAt(tokens, at, tables),
    // The tables that a condition joins: the one before ON, and those before that, the nearest first.
    joins: isWord(last, ["on"]) ? tables.filter(({ index }) => index < at).reverse() : [],
    // Whether a new name is typed here, or can be: after AS, and beside a table or a closing parenthesis.
    isNamed: isWord(last, ["as"]),
    mayBeNamed: tables.some(({ end }) => end === at + 1) || last?.text === ")",
    isUpper: last?.text === last?.text.toUpperCase(),
  };
}

// An open quote would turn the rest of the text inside out.
function parsed(state, position, { isQuoted }) {
  const text = state.doc.toString();
  if (!isQuoted || text[position] === '"') {
    return { text, tree: syntaxTree(state) };
  }
  const closed = `${text.slice(0, position)}"${text.slice(position)}`;
  return { text: closed, tree: PostgreSQL.language.parser.parse(closed) };
}

function tokensOf(statement, text) {
  const tokens = [];
  statement.cursor().iterate(({ name, node, from, to }) => {
    const isToken = name === "CompositeIdentifier" || node.firstChild === null;
    if (isToken) {
      tokens.push({ name, text: text.slice(from, to), from, to });
    }
    return !isToken;
  });
  return tokens;
}

const isName = (token) => /Identifier$/.test(token?.name ?? "");
const isWord = (token, words) => token?.name === "Keyword" && words.includes(token.text.toLowerCase());

function tablesAmong(tokens) {
  const tables = [];
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    const isListed = before?.text === "," && tables.at(-1)?.end === index - 1;
    if (isName(token) && (isListed || isWord(before, BEFORE_TABLES))) {
      tables.push(used(tokens, index));
    }
  });
  return tables;
}

// The names before AS (…) after WITH, as the query writes them.
function withQueriesAmong(tokens) {
  const first = tokens.findIndex((token) => isWord(token, ["with"]));
  const isQuery = (token, index) => isName(token) && first >= 0 && first < index && isDefined(tokens, index + 1);
  return tokens.filter(isQuery).map(({ text }) => text);
}

// Whether AS (…) comes next, perhaps after the names of columns.
function isDefined(tokens, index) {
  const isAt = (word) => tokens[index]?.text.toLowerCase() === word;
  if (isAt("(")) {
    index = tokens.findIndex(({ text }, place) => place > index && text === ")") + 1;
  }
  for (const word of ["as", "not", "materialized"]) {
    if (isAt(word)) {
      index += 1;
    } else if (word === "as") {
      return false;
    }
  }
  return isAt("(");
}

// Within the parentheses after USING: the tables that it joins, the nearest first, and the columns written there already.
function usingAt(tokens, at, tables) {
  let first = at;
  while (isName(tokens[first]) || tokens[first]?.text === ",") {
    first -= 1;
  }
  if (tokens[first]?.text !== "(" || !isWord(tokens[first - 1], ["using"])) {
    return undefined;
  }
  const written = tokens.slice(first + 1, at + 1).filter(isName);
  return { joins: tables.filter(({ index }) => index < first).reverse(), written: written.map(({ text }) => plain(text)) };
}

function used(tokens, index) {
  const { text, from, to } = tokens[index];
  const after = isWord(tokens[index + 1], ["as"]) ? index + 2 : index + 1;
  const hasAlias = isName(tokens[after]);
  const parts = text.match(new RegExp(NAME, "gu")) ?? [text];
  // As other parts of the query write it.
  const written = hasAlias ? tokens[after].text : parts.at(-1);
  const schema = parts.length > 1 ? plain(parts.at(-2)) : undefined;
  const names = { table: text, schema, name: plain(parts.at(-1)), written, alias: plain(written) };
  return { ...names, from, to, index, end: hasAlias ? after + 1 : after };
}
