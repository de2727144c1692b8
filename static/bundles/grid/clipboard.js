// Copies the selected cells, with their exact values, as tab-separated text and as an HTML table, which spreadsheets accept.
import { count, grouped } from "../count.js";

const CELLS_MAX = 200_000;

export class Clipboard {
  #grid;
  #texts;

  constructor(grid) {
    this.#grid = grid;
    const { signal } = grid;
    // If no text of the page is selected, Chromium copies only if `beforecopy` is handled.
    document.addEventListener("beforecopy", (event) => this.#texts && event.preventDefault(), { signal });
    document.addEventListener("copy", (event) => this.#put(event), { signal });
  }

  async copy() {
    const { bar, cursor, rows } = this.#grid;
    const { block } = cursor;
    const cells = (block.bottom - block.top + 1) * (block.right - block.left + 1);
    if (cells > CELLS_MAX) {
      bar.say(`More than ${grouped(CELLS_MAX)} cells are too many to copy. Download the rows instead.`);
      return;
    }
    try {
      const texts = await rows.exact(block);
      bar.say((await this.#write(texts)) ? copied(cells) : "The cells are loaded now. Copy them again.");
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

const copied = (cells) => (cells === 1 ? "Copied." : `Copied ${count(cells, "cell")}.`);

// A single cell is copied as it is, without quotes.
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
