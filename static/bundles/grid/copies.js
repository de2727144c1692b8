// Blocks of cells as text, for the clipboard. `null` is NULL, which is copied as an empty cell.

// A single cell is copied as it is, without quotes.
export function tsv(rows, headings) {
  if (!headings && rows.length === 1 && rows[0].length === 1) {
    return rows[0][0] ?? "";
  }
  const all = headings ? [headings, ...rows] : rows;
  return all.map((row) => row.map(quoted).join("\t")).join("\n");
}

export function html(rows, headings) {
  const table = document.createElement("table");
  if (headings) {
    const row = table.createTHead().insertRow();
    for (const heading of headings) {
      row.append(Object.assign(document.createElement("th"), { textContent: heading }));
    }
  }
  const body = table.createTBody();
  for (const texts of rows) {
    const row = body.insertRow();
    for (const text of texts) {
      row.insertCell().textContent = text ?? "";
    }
  }
  return table.outerHTML;
}

// As `.md` has it: src/encode/markdown.rs.
export function markdown(columns, rows) {
  const line = (cells) => `${cells.map((cell) => (cell === null ? "| " : `| ${escaped(cell)} `)).join("")}|`;
  const rule = columns.map(({ isNumber }) => (isNumber ? "| ---: " : "| --- ")).join("");
  return [line(columns.map(({ name }) => name)), `${rule}|`, ...rows.map(line)].join("\n");
}

function quoted(text) {
  if (text === null) {
    return "";
  }
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// A web address of which GitHub makes a link: it has no `_` in the last two labels of its host. A dot that ends a text is overlooked.
const WORD = String.raw`[\p{Alphabetic}\p{N}]`;
const SCHEME = String.raw`(?<![A-Za-z])(?:[Hh][Tt][Tt][Pp][Ss]?|[Ff][Tt][Pp]):\/\/`;
const WWW = String.raw`www\.(?<=(?:^[\t\v\f ]*|[\t *_~(])www\.)`;
const LABEL = String.raw`[\0-\x08\v\x0e-\x1f\x7f\w-]`;
const HOST = String.raw`(?:${LABEL}|\.)`;
const UNLINKED = String.raw`${HOST}{254}|${HOST}*_${LABEL}*(?:\.${LABEL}*)?\.?(?!${HOST})`;
const ADDRESS = String.raw`(?:${SCHEME}(?=${WORD})|${WWW})(?!${UNLINKED})[^\t\n\r <\\]*`;
// What only looks like an address. A backslash makes sure that GitHub makes no link of it.
const BEGINNING = String.raw`${SCHEME}(?=[^\t\n\f\r -\/:-@[-\x60{-~])|${WWW}`;
// Line breaks; and what would be emphasis, code, a link, an entity, HTML or another cell. `_` means nothing within a word.
const SIGN = String.raw`\r\n|[\r\n]|(?<!${WORD})_|_(?!${WORD})|[\\|\x60*[\]~$<]|&(?=[#A-Za-z0-9])`;
const SPECIAL = new RegExp(`(${ADDRESS})|(${BEGINNING})|${SIGN}`, "gu");
// Punctuation and entities at the end of an address, which GitHub does not make a part of the link.
// A longer one counts as part of it, and a search through all of a long address would take seconds.
const TAIL_MAX = 1000;
const TAIL = /(?:&[A-Za-z]{1,32};|[?!.,:*_~'");])+$/;

function escaped(text) {
  return text.replace(SPECIAL, (found, link, beginning, at) => {
    if (link) {
      return address(link, text[at + link.length]);
    }
    if (beginning) {
      return `${beginning.slice(0, -1)}\\${beginning.at(-1)}`;
    }
    switch (found) {
      case "\n":
      case "\r":
      case "\r\n":
        return "<br>";
      case "<":
        return "&lt;";
      case "&":
        return "&amp;";
      default:
        return `\\${found}`;
    }
  });
}

// GitHub reads it without its escapes. An empty comment ends it where it would go on with those of what follows.
function address(text, next) {
  const tail = TAIL.exec(text.slice(-TAIL_MAX))?.[0] ?? "";
  const ends = /[&*_~]/.test(tail) || next === "<" || next === "\\";
  const whole = (ends ? text.slice(0, text.length - tail.length) : text).replaceAll("|", "\\|");
  return ends ? `${whole}<!-- -->${tail.replaceAll("&", "&amp;").replace(/[*_~]/g, "\\$&")}` : whole;
}
