// Copies the selected cells, with their exact values: as tab-separated text and an HTML table, which spreadsheets accept, or as
// Markdown.
import { count, grouped } from "../count.js";
import { html, markdown, tsv } from "./copies.js";
import { cellsIn } from "./cursor.js";

const CELLS_MAX = 200_000;

export class Clipboard {
  #grid;
  #copy;

  constructor(grid) {
    this.#grid = grid;
    const { signal } = grid;
    // If no text of the page is selected, Chromium copies only if `beforecopy` is handled.
    document.addEventListener("beforecopy", (event) => this.#copy && event.preventDefault(), { signal });
    document.addEventListener("copy", (event) => this.#put(event), { signal });
  }

  // `form` is “values”, “headings” or “markdown”. By default whole columns, and the whole table, have their headings.
  async copy(form) {
    const { bar, body, columns, cursor, rows } = this.#grid;
    const block = cursor.block ?? this.#grid.everything;
    const cells = cellsIn(block);
    if (cells > CELLS_MAX) {
      bar.say(`More than ${grouped(CELLS_MAX)} cells are too many to copy. Download the rows instead.`);
      return;
    }
    const isWhole = body.count > 1 && block.bottom - block.top + 1 === body.count;
    const copied = columns.slice(block.left, block.right + 1);
    const used = form ?? (isWhole ? "headings" : "values");
    try {
      const texts = await rows.exact(block, copied);
      const isCopied = await this.#write(used, copied, texts);
      bar.say(isCopied ? sentence(cells, used) : "The cells have been loaded. Copy them again.");
    } catch (problem) {
      bar.fail(problem, () => this.copy(form));
    }
  }

  async #write(form, columns, texts) {
    const headings = form === "values" ? undefined : columns.map((column) => column.name);
    this.#copy =
      form === "markdown"
        ? { "text/plain": markdown(columns, texts) }
        : { "text/plain": tsv(texts, headings), "text/html": html(texts, headings) };
    const text = this.#copy["text/plain"];
    const isCopied = document.execCommand("copy");
    this.#copy = undefined;
    return isCopied || writeText(text);
  }

  #put(event) {
    if (this.#copy) {
      event.preventDefault();
      for (const [type, text] of Object.entries(this.#copy)) {
        event.clipboardData.setData(type, text);
      }
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

function sentence(cells, form) {
  const what = cells === 1 ? "Copied" : `Copied ${count(cells, "cell")}`;
  return `${what}${{ values: "", headings: " with headings", markdown: " as Markdown" }[form]}.`;
}
