// Formats the query. Only the space between its words changes: a text that would come back with other words stays as it is.
import { isolateHistory } from "@codemirror/commands";
import { PostgreSQL } from "@codemirror/lang-sql";

const UNREADABLE = "This query cannot be formatted, so it stays as it is.";
const UNREACHABLE = "The server does not answer. Format it again in a moment.";

// Returns a sentence if the text stays as it is for a reason that somebody should know.
export async function format(view, address) {
  const before = view.state.doc.toString();
  const formatter = await import(address).catch(() => undefined);
  if (!formatter) {
    return UNREACHABLE;
  }
  const after = formatted(formatter, before);
  if (after === undefined) {
    return UNREADABLE;
  }
  // Somebody may have typed while the formatter was loading.
  if (after !== before && view.state.doc.toString() === before) {
    replace(view, before, after);
  }
  return "";
}

function formatted(formatter, before) {
  try {
    const after = formatter.format(before);
    const kept = words(before);
    return kept !== undefined && kept === words(after) ? after : undefined;
  } catch {
    return undefined;
  }
}

// The words, texts and signs of a query as PostgreSQL tells them apart; undefined if they have to stay on lines of their own, as
// texts that continue each other.
function words(sql) {
  const found = [];
  PostgreSQL.language.parser.parse(sql).iterate({
    enter: ({ node, name, from, to }) => {
      if (node.firstChild === null && !node.type.isTop) {
        const text = sql.slice(from, to);
        found.push(/Comment$/.test(name) ? text.replace(/\s+/g, " ").trim() : text);
      }
    },
  });
  return found.some((word, at) => isText(word) && isText(found[at - 1])) ? undefined : found.join("\n");
}

const isText = (word) => word?.endsWith("'") ?? false;

// In one step that can be undone. The cursor stays at its word: as many characters that are not space come before it.
function replace(view, before, after) {
  const place = (position) => {
    let left = before.slice(0, position).replace(/\s/g, "").length;
    let at = 0;
    while (at < after.length && left > 0) {
      left -= /\s/.test(after[at]) ? 0 : 1;
      at += 1;
    }
    return at;
  };
  const { anchor, head } = view.state.selection.main;
  view.dispatch({
    changes: { from: 0, to: before.length, insert: after },
    selection: { anchor: place(anchor), head: place(head) },
    annotations: isolateHistory.of("full"),
    userEvent: "format",
    scrollIntoView: true,
  });
}
