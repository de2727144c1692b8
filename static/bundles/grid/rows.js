// The rows of a stored result in one order and through one filter: windows of them, fetched as they are needed, a few
// kept. Every value is a text exactly as PostgreSQL printed it, or null.

// Of a window.
const CELLS = 10_000;
const ROWS_MAX = 500;
const ROWS_MIN = 20;
// Of what is kept in memory.
const CELLS_KEPT = 400_000;
// Of a cell; the whole is asked for where somebody opens or copies it.
const CHARACTERS = 300;
// Of one question for whole cells.
const ROWS_ASKED = 1_000;
// While somebody scrolls past, nothing is asked for.
const PASSING = 80;

// Why rows did not come: a sentence for people.
export class Problem extends Error {}

export class Rows {
  #address;
  #look;
  #listener;
  #windows = new Map();
  #asked = new Map();
  #ended = new AbortController();
  #timer;
  #hasFailed = false;

  // The listener is told when rows `arrived`, and the problem when they `failed`.
  constructor(address, look, columns, listener) {
    this.#address = address;
    this.#look = look;
    this.#listener = listener;
    this.size = Math.max(ROWS_MIN, Math.min(ROWS_MAX, Math.floor(CELLS / columns)));
    this.kept = Math.max(4, Math.floor(CELLS_KEPT / columns / this.size));
  }

  // Waits for the first window; then `matching`, the number of all rows, is known.
  async open(index) {
    const number = Math.floor(index / this.size);
    const asking = this.#ask(number);
    await asking;
  }

  end() {
    clearTimeout(this.#timer);
    this.#ended.abort();
    for (const asking of this.#asked.values()) {
      asking.abort();
    }
  }

  // `{ texts, cut }` where the row is at hand; `cut` holds the columns of which there is more.
  at(index) {
    const number = Math.floor(index / this.size);
    return this.#windows.get(number)?.[index - number * this.size];
  }

  // These rows are in sight, the last time in this direction: 1 down, -1 up.
  want(first, last, direction, isPassing) {
    clearTimeout(this.#timer);
    const near = this.#numbers(first, last);
    for (const number of near) {
      this.#touch(number);
    }
    const ahead = direction < 0 ? near[0] - 1 : near[near.length - 1] + 1;
    const wanted = [...near, ahead].filter((number) => number >= 0 && number * this.size < this.matching);
    for (const [number, asking] of this.#asked) {
      if (!wanted.includes(number)) {
        asking.abort();
        this.#asked.delete(number);
      }
    }
    const missing = wanted.filter((number) => !this.#windows.has(number) && !this.#asked.has(number));
    if (missing.length > 0 && !this.#hasFailed) {
      this.#timer = setTimeout(() => missing.forEach((number) => this.#load(number)), isPassing ? PASSING : 0);
    }
  }

  // After a failure nothing is asked for by itself.
  again() {
    this.#hasFailed = false;
  }

  // The whole texts of a block of cells, row by row.
  async exact({ top, bottom, left, right }) {
    const found = [];
    for (let index = top; index <= bottom; ) {
      const row = this.at(index);
      if (row && !isCut(row, left, right)) {
        found.push(row.texts.slice(left, right + 1));
        index += 1;
      } else {
        const rows = await this.#whole(index, this.#missing(index, bottom, left, right), left, right);
        rows.forEach((row) => found.push(row));
        index += rows.length;
      }
    }
    return found;
  }

  // How many rows from here on have to be asked for.
  #missing(from, bottom, left, right) {
    let index = from + 1;
    for (; index <= bottom && index - from < ROWS_ASKED; index += 1) {
      const row = this.at(index);
      if (row && !isCut(row, left, right)) {
        break;
      }
    }
    return index - from;
  }

  // As many of these rows as the server gives at once.
  async #whole(offset, limit, left, right) {
    const column = left === right ? { column: left + 1 } : {};
    const { values } = await this.#fetch({ offset, limit, ...column }, this.#ended.signal);
    if (values.length === 0) {
      throw new Problem("These rows did not come. Load the page again.");
    }
    return left === right ? values : values.map((row) => row.slice(left, right + 1));
  }

  async #load(number) {
    try {
      await this.#ask(number);
      this.#listener.arrived();
    } catch (error) {
      if (error instanceof Problem && !this.#hasFailed) {
        this.#hasFailed = true;
        this.#listener.failed(error);
      }
    }
  }

  async #ask(number) {
    const asking = new AbortController();
    this.#asked.set(number, asking);
    try {
      const rows = await this.#window(number, asking.signal);
      this.#windows.set(number, rows);
      this.#forget();
    } finally {
      if (this.#asked.get(number) === asking) {
        this.#asked.delete(number);
      }
    }
  }

  // Where rows are long, fewer come at once than were asked for.
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
    let answer;
    try {
      answer = await fetch(url, { signal });
      if (answer.ok) {
        return await answer.json();
      }
    } catch (error) {
      throw signal.aborted ? error : new Problem("The server does not answer.");
    }
    const body = await answer.json().catch(() => undefined);
    throw new Problem(body?.error?.message ?? "The rows did not come.");
  }

  #numbers(first, last) {
    const [from, to] = [Math.floor(first / this.size), Math.floor(last / this.size)];
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }

  // The one used last is forgotten last.
  #touch(number) {
    const window = this.#windows.get(number);
    if (window) {
      this.#windows.delete(number);
      this.#windows.set(number, window);
    }
  }

  #forget() {
    for (const number of this.#windows.keys()) {
      if (this.#windows.size <= this.kept) {
        return;
      }
      this.#windows.delete(number);
    }
  }
}

function isCut(row, left, right) {
  return row.cut !== undefined && [...row.cut].some((column) => left <= column && column <= right);
}
