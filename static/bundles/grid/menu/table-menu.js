// The sheet of the table's menu: ways to copy, and what is shown of it. What is copied is the selection, or else everything.
import { held } from "../../keys.js";
import { command, rule, sheet } from "./commands.js";

export class TableMenu {
  #grid;
  #sheet = sheet("table-menu");

  constructor(grid) {
    this.#grid = grid;
    grid.line.append(this.#sheet);
    this.#sheet.addEventListener("beforetoggle", ({ newState }) => newState === "open" && this.#fill());
  }

  #fill() {
    const { clipboard, cursor, layout, side } = this.#grid;
    this.#sheet.replaceChildren(
      command("Copy values", held("C"), () => clipboard.copy("values")),
      command("Copy with headings", held("Shift+C"), () => clipboard.copy("headings")),
      command("Copy as Markdown", held("Shift+M"), () => clipboard.copy("markdown")),
      rule(),
      command("Select all", held("A"), () => cursor.selectAll()),
    );
    if (cursor.row >= 0) {
      this.#sheet.append(command("Show row as a record", "Shift+Enter", () => side.open("record")));
    }
    if (layout.isChanged) {
      this.#sheet.append(rule(), command("Show all columns", "", () => this.#grid.showAllColumns()));
    }
  }
}
