// The field above the rows: only those with a cell that contains its text are shown, soon after it was typed.
const PAUSE = 200;

export class Filter {
  #grid;
  #field = document.getElementById("filter-text");
  #timer;

  constructor(grid) {
    this.#grid = grid;
    const { signal } = grid;
    this.#field.addEventListener("input", () => this.#soon(), { signal });
    this.#field.addEventListener("keydown", (event) => this.#keys(event), { signal });
    this.#field.form.addEventListener("submit", (event) => this.#submit(event), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  clear() {
    this.#field.value = "";
    this.#apply();
    this.#field.focus();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#apply(), PAUSE);
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
