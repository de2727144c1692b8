// The width of each shown column: that of the server's page of rows, or one that somebody set, which this browser remembers for
// the clip.
import { remember, remembered } from "./storage.js";

const MIN = 48;
const MAX = 1_200;
const FITTED_MAX = 640;

export class Widths {
  #key;
  #shown;
  // By the column's place in the result.
  #widths;
  #chosen;
  #widthOf;
  // Characters of the longest number so far, by the column's place.
  #longest = [];
  // Whether a number in sight was longer than its column, which has grown; the rows have to be drawn again.
  hasGrown = false;

  // `widthOf` is the width of a cell with this text.
  constructor(key, columns, measured, widthOf) {
    this.#widthOf = widthOf;
    this.#key = `widths:${key}`;
    const chosen = remembered(this.#key);
    this.#chosen = new Set(Object.keys(chosen));
    this.#widths = measured.map((width) => Math.max(MIN, width));
    for (const { name, index } of columns) {
      this.#widths[index] = chosen[name] ?? this.#widths[index];
    }
  }

  // From now on these columns are shown, in this order.
  arrange(columns) {
    this.#shown = columns;
    this.#place();
  }

  // A number is never cut: its column grows, unless somebody chose its width.
  needs(column, text) {
    const { index, name } = this.#shown[column];
    if (text.length <= (this.#longest[index] ?? 0) || this.#chosen.has(name)) {
      return;
    }
    this.#longest[index] = text.length;
    const width = Math.min(FITTED_MAX, Math.ceil(this.#widthOf(text)));
    if (width > this.#widths[index] + 1) {
      this.#widths[index] = width;
      this.hasGrown = true;
    }
  }

  set(column, width) {
    this.#widths[this.#shown[column].index] = Math.min(MAX, Math.max(MIN, Math.round(width)));
    this.#place();
  }

  fit(column, width) {
    this.set(column, Math.min(FITTED_MAX, width));
  }

  // The columns between two horizontal positions, and some beside them.
  between(left, right) {
    const last = this.all.length - 1;
    let first = this.#columnAt(left);
    let end = this.#columnAt(right);
    // In steps of four columns, so that not every pixel of scrolling draws all rows again.
    first = Math.max(0, first - (first % 4) - 4);
    end = Math.min(last, end - (end % 4) + 7);
    return { first, last: end };
  }

  remember(column) {
    this.#chosen.add(this.#shown[column].name);
    remember(this.#key, { ...remembered(this.#key), [this.#shown[column].name]: this.all[column] });
  }

  // The left edge of each column, and finally the right edge of the last.
  #place() {
    this.all = this.#shown.map(({ index }) => this.#widths[index]);
    this.starts = [0];
    for (const width of this.all) {
      this.starts.push(this.starts[this.starts.length - 1] + width);
    }
    this.total = this.starts[this.starts.length - 1];
  }

  #columnAt(place) {
    let [low, high] = [0, this.all.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.starts[middle] <= place) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
