// Which columns are shown and in which order. This browser remembers it for the clip.
import { remember, remembered } from "./storage.js";

export class Layout {
  #key;
  #columns;
  #order;
  #hidden;

  // `columns` are those of the result, in its order.
  constructor(key, columns) {
    this.#key = `columns:${key}`;
    this.#columns = columns;
    const { order = [], hidden = [] } = remembered(this.#key);
    this.#hidden = new Set(hidden);
    const place = (column) => order.indexOf(column.key);
    const known = columns.filter((column) => place(column) >= 0);
    known.sort((one, other) => place(one) - place(other));
    // New columns appear where the result has them.
    this.#order = known;
    for (const column of columns) {
      if (!known.includes(column)) {
        this.#order.splice(column.index, 0, column);
      }
    }
  }

  // All columns in their order, also the hidden ones.
  get all() {
    return this.#order;
  }

  get shown() {
    const shown = this.#order.filter((column) => !this.#hidden.has(column.key));
    return shown.length > 0 ? shown : this.#order;
  }

  get hidden() {
    return this.#order.length - this.shown.length;
  }

  get isChanged() {
    return this.hidden > 0 || this.#order.some((column, place) => column.index !== place);
  }

  hide(column) {
    this.#hidden.add(column.key);
    this.#remember();
  }

  // Past the next shown column: 1 to the right, -1 to the left.
  move(column, way) {
    const { shown } = this;
    const neighbour = shown[shown.indexOf(column) + way];
    this.#order = this.#order.filter((other) => other !== column);
    const place = this.#order.indexOf(neighbour);
    this.#order.splice(way > 0 ? place + 1 : place, 0, column);
    this.#remember();
  }

  reset() {
    this.#order = [...this.#columns];
    this.#hidden.clear();
    this.#remember();
  }

  #remember() {
    const order = this.#order.map((column) => column.key);
    remember(this.#key, this.isChanged ? { order, hidden: [...this.#hidden] } : undefined);
  }
}
