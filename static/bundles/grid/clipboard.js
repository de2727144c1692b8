// What is selected as text with tabs, and as a table: exact values, as spreadsheets take them.
const CELLS_MAX = 200_000;

export class Clipboard {
  #grid;
  #texts;

  constructor(grid) {
    this.#grid = grid;
    const { signal } = grid;
    // Where nothing of the page is selected, Chromium copies only if it is told that there is something.
    document.addEventListener("beforecopy", (event) => this.#texts && event.preventDefault(), { signal });
    document.addEventListener("copy", (event) => this.#put(event), { signal });
  }

  async copy() {
    const { bar, cursor, rows } = this.#grid;
    const { block } = cursor;
    const cells = (block.bottom - block.top + 1) * (block.right - block.left + 1);
    if (cells > CELLS_MAX) {
      bar.say(`More than ${CELLS_MAX.toLocaleString("en")} cells are too many to copy. Download the rows instead.`);
      return;
    }
    try {
      const texts = await rows.exact(block);
      bar.say((await this.#write(texts)) ? copied(cells) : "The cells are here now: copy them once more.");
    } catch (problem) {
      bar.fail(problem, () => this.copy());
    }
  }

  async #write(texts) {
    this.#texts = texts;
    const isCopied = document.execCommand("copy");
    this.#texts = undefined;
    return isCopied || writeText(tsv(texts));
  }

  #put(event) {
    if (this.#texts) {
      event.preventDefault();
      event.clipboardData.setData("text/plain", tsv(this.#texts));
      event.clipboardData.setData("text/html", html(this.#texts));
    }
  }
}

export async function writeText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

const copied = (cells) => (cells === 1 ? "Copied." : `Copied ${cells.toLocaleString("en")} cells.`);

// One cell alone is its text as it is.
function tsv(rows) {
  if (rows.length === 1 && rows[0].length === 1) {
    return rows[0][0] ?? "";
  }
  return rows.map((row) => row.map(quoted).join("\t")).join("\n");
}

function quoted(text) {
  if (text === null) {
    return "";
  }
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function html(rows) {
  const table = document.createElement("table");
  for (const texts of rows) {
    const row = table.insertRow();
    for (const text of texts) {
      row.insertCell().textContent = text ?? "";
    }
  }
  return table.outerHTML;
}
