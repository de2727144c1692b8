// The rows of a stored result in one order and with one filter, fetched in windows as they are needed; a few windows are
// cached. Every value is a text exactly as PostgreSQL printed it, or null.

// Limits of one window.
const CELLS = 10_000;
const ROWS_MAX = 300;
const ROWS_MIN = 20;
// Limit of all cached windows.
const CELLS_CACHED = 400_000;
// Of each cell; the whole text is fetched when somebody opens or copies it.
const CHARACTERS = 300;
// Limit of one request for whole texts.
const WHOLE_ROWS_MAX = 1_000;
// Rows that are scrolled past faster than this are not fetched.
const PASSING_MS = 80;

// Why rows did not arrive, as a sentence for people.
export class Problem extends Error {
  // Whether only a download holds what was requested.
  isTooLarge = false;
}

export class Rows {
  #address;
  #look;
  #listener;
  #windows = new Map();
  #requests = new Map();
  #ended = new AbortController();
  #timer;
  #hasFailed = false;

  // Calls `listener.arrived()` when rows arrive, and `listener.failed(problem)` when they do not.
  constructor(address, look, columns, listener) {
    this.#address = address;
    this.#look = look;
    this.#listener = listener;
    this.size = Math.max(ROWS_MIN, Math.min(ROWS_MAX, Math.floor(CELLS / columns)));
    this.windowsMax = Math.max(4, Math.floor(CELLS_CACHED / columns / this.size));
  }

  // Waits for the first window, which also sets `matching`, the number of all rows.
  async open(index) {
    await this.#request(Math.floor(index / this.size));
  }

  end() {
    clearTimeout(this.#timer);
    this.#ended.abort();
    for (const request of this.#requests.values()) {
      request.abort();
    }
  }

  // `{ texts, cut }` if the row is cached; `cut` is the set of columns whose text is longer, or undefined.
  at(index) {
    const number = Math.floor(index / this.size);
    return this.#windows.get(number)?.[index - number * this.size];
  }

  // Fetches these rows, which are in sight, and the next window in the direction of scrolling: 1 down, -1 up.
  want(first, last, direction, isPassing) {
    clearTimeout(this.#timer);
    const near = this.#numbers(first, last);
    for (const number of near) {
      this.#touch(number);
    }
    const ahead = direction < 0 ? near[0] - 1 : near[near.length - 1] + 1;
    const wanted = [...near, ahead].filter((number) => number >= 0 && number * this.size < this.matching);
    for (const [number, request] of this.#requests) {
      if (!wanted.includes(number)) {
        request.abort();
        this.#requests.delete(number);
      }
    }
    const missing = wanted.filter((number) => !this.#windows.has(number) && !this.#requests.has(number));
    if (missing.length > 0 && !this.#hasFailed) {
      this.#timer = setTimeout(() => missing.forEach((number) => this.#load(number)), isPassing ? PASSING_MS : 0);
    }
  }

  // After a failure nothing is fetched until this is called.
  again() {
    this.#hasFailed = false;
  }

  // The whole texts of these columns in a block of rows, row by row.
  async exact({ top, bottom }, columns) {
    const indexes = columns.map((column) => column.index);
    const found = [];
    for (let index = top; index <= bottom; ) {
      const row = this.at(index);
      if (row && !isCut(row, indexes)) {
        found.push(indexes.map((column) => row.texts[column]));
        index += 1;
      } else {
        const rows = await this.#whole(index, this.#missing(index, bottom, indexes), indexes);
        rows.forEach((row) => found.push(row));
        index += rows.length;
      }
    }
    return found;
  }

  // Count, sum and so on of a column, over all rows that match the filter.
  async totals({ index }) {
    const { totals } = await this.#fetch({ limit: 0, totals: index + 1 }, this.#ended.signal);
    return totals;
  }

  // How many rows from here on have to be fetched.
  #missing(from, bottom, indexes) {
    let index = from + 1;
    for (; index <= bottom && index - from < WHOLE_ROWS_MAX; index += 1) {
      const row = this.at(index);
      if (row && !isCut(row, indexes)) {
        break;
      }
    }
    return index - from;
  }

  // As many of these rows as the server returns at once.
  async #whole(offset, limit, indexes) {
    const column = indexes.length === 1 ? { column: indexes[0] + 1 } : {};
    const { values } = await this.#fetch({ offset, limit, ...column }, this.#ended.signal);
    if (values.length === 0) {
      throw new Problem("These rows could not be loaded. Reload the page.");
    }
    return indexes.length === 1 ? values : values.map((row) => indexes.map((column) => row[column]));
  }

  async #load(number) {
    try {
      await this.#request(number);
      this.#listener.arrived();
    } catch (error) {
      if (error instanceof Problem && !this.#hasFailed) {
        this.#hasFailed = true;
        this.#listener.failed(error);
      }
    }
  }

  async #request(number) {
    const request = new AbortController();
    this.#requests.set(number, request);
    try {
      const rows = await this.#window(number, request.signal);
      this.#windows.set(number, rows);
      this.#evict();
    } finally {
      if (this.#requests.get(number) === request) {
        this.#requests.delete(number);
      }
    }
  }

  // If rows are long, the server returns fewer of them than requested.
  async #window(number, signal) {
    const rows = [];
    const offset = number * this.size;
    do {
      const parameters = { offset: offset + rows.length, limit: this.size - rows.length, characters: CHARACTERS };
      const { values, cut, matching } = await this.#fetch(parameters, signal);
      this.matching = matching;
      const arrived = values.map((texts) => ({ texts }));
      for (const [row, column] of cut) {
        (arrived[row].cut ??= new Set()).add(column);
      }
      rows.push(...arrived);
    } while (rows.length < this.size && offset + rows.length < this.matching);
    return rows;
  }

  async #fetch(parameters, signal) {
    const url = new URL(this.#address, location.href);
    for (const [name, value] of Object.entries({ form: "text", ...this.#look, ...parameters })) {
      if (value !== undefined && value !== "") {
        url.searchParams.set(name, value);
      }
    }
    let response;
    try {
      response = await fetch(url, { signal });
      if (response.ok) {
        return await response.json();
      }
    } catch (error) {
      throw signal.aborted ? error : new Problem("The server does not answer.");
    }
    const body = await response.json().catch(() => undefined);
    const problem = new Problem(body?.error?.message ?? "The rows could not be loaded.");
    problem.isTooLarge = body?.error?.code === "too_large_for_format";
    throw problem;
  }

  #numbers(first, last) {
    const [from, to] = [Math.floor(first / this.size), Math.floor(last / this.size)];
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }

  // Marks a window as the most recently used, which is evicted last.
  #touch(number) {
    const window = this.#windows.get(number);
    if (window) {
      this.#windows.delete(number);
      this.#windows.set(number, window);
    }
  }

  #evict() {
    for (const number of this.#windows.keys()) {
      if (this.#windows.size <= this.windowsMax) {
        return;
      }
      this.#windows.delete(number);
    }
  }
}

function isCut(row, indexes) {
  return row.cut !== undefined && indexes.some((column) => row.cut.has(column));
}
