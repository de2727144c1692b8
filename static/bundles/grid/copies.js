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

// A web address, of which GitHub makes a link; line breaks; and what would be emphasis, code, a link, an entity, HTML or another
// cell. `_` means nothing within a word.
const SPECIAL =
  /(?:(?<![A-Za-z])(?:https?|ftp):\/\/|(?<=^|[\t *_~(])www\.)[\p{Alphabetic}\p{N}][^\t-\r <\\]*|\r\n|[\r\n]|(?<![\p{Alphabetic}\p{N}])_|_(?![\p{Alphabetic}\p{N}])|[\\|`*[\]~$<]|&(?=[#A-Za-z0-9])/gu;
// Punctuation and entities at the end of an address, which GitHub does not make a part of the link.
// A longer one counts as part of it, and a search through all of a long address would take seconds.
const TAIL_MAX = 1000;
const TAIL = /(?:&[A-Za-z]{1,32};|[?!.,:*_~'");])+$/;

function escaped(text) {
  return text.replace(SPECIAL, (found, at) => {
    if (/^(?:https?:|ftp:|www)/.test(found)) {
      return address(found, text[at + found.length]);
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
  const marks = tail.replace(/[^*_~]/g, "").length;
  const ends = tail.includes("&") || marks > 1 || next === "<" || next === "\\";
  const whole = (ends ? text.slice(0, text.length - tail.length) : text).replaceAll("|", "\\|");
  return ends ? `${whole}<!-- -->${tail.replaceAll("&", "&amp;").replace(/[*_~]/g, "\\$&")}` : whole;
}
