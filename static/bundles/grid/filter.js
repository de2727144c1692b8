// The filter field above the rows: shows only rows with a cell that contains its text, soon after it is typed.
const PAUSE_MS = 200;

export class Filter {
  #grid;
  #field;
  #timer;

  constructor(grid) {
    this.#grid = grid;
    this.#field = grid.line.querySelector("[name=filter]");
    const { signal } = grid;
    this.#field.addEventListener("input", () => this.#soon(), { signal });
    this.#field.addEventListener("keydown", (event) => this.#keys(event), { signal });
    unshadowed(this.#field.form).addEventListener("submit", (event) => this.#submit(event), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  clear() {
    this.#field.value = "";
    this.#apply();
    this.#field.focus();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#apply(), PAUSE_MS);
  }

  #apply() {
    clearTimeout(this.#timer);
    const filter = this.#field.value;
    if (filter !== this.#grid.look.filter) {
      this.#grid.change({ ...this.#grid.look, filter });
    }
  }

  #keys(event) {
    if (event.key === "Escape" && this.#field.value !== "") {
      event.preventDefault();
      this.clear();
    }
  }

  #submit(event) {
    event.preventDefault();
    this.#apply();
  }
}
