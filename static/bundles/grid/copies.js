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

export function markdown(columns, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = columns.map(({ isNumber }) => (isNumber ? "---:" : "---"));
  const headings = columns.map(({ name }) => escaped(name));
  return [line(headings), line(rule), ...rows.map((row) => line(row.map(escaped)))].join("\n");
}

function quoted(text) {
  if (text === null) {
    return "";
  }
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// So that a cell stays one cell, and its signs are not read as Markdown or HTML.
function escaped(text) {
  return (text ?? "").replace(/[\\|`*_[\]<>~]/g, "\\$&").replace(/\r\n|\r|\n/g, "<br>");
}
