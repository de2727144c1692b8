// The menu of the table: ways to copy, and what is shown of it. What is copied is the selection, or else everything.
import { element } from "../../element.js";
import { icon } from "./icon.js";
import { command, held, rule, sheet } from "./commands.js";

const DOTS = "M3.5 8h.01M8 8h.01M12.5 8h.01";

export class TableMenu {
  #grid;
  #sheet = sheet("table-menu");

  constructor(grid, line) {
    this.#grid = grid;
    const opener = element("button", "menu dots");
    opener.type = "button";
    opener.setAttribute("popovertarget", this.#sheet.id);
    opener.setAttribute("aria-label", "Table menu");
    opener.title = "Table menu";
    opener.append(icon(DOTS));
    line.append(opener, this.#sheet);
    this.#sheet.addEventListener("beforetoggle", ({ newState }) => newState === "open" && this.#fill());
  }

  #fill() {
    const { clipboard, cursor, layout, side } = this.#grid;
    this.#sheet.replaceChildren(
      command("Copy values", held("C"), () => clipboard.copy("values")),
      command("Copy with headings", held("Shift+C"), () => clipboard.copy("headings")),
      command("Copy as Markdown", held("Shift+M"), () => clipboard.copy("markdown")),
      rule(),
      command("Select all", held("A"), () => this.#grid.selectAll()),
    );
    if (cursor.row >= 0) {
      this.#sheet.append(command("Show row as a record", "Shift+Enter", () => side.open("record")));
    }
    if (layout.isChanged) {
      this.#sheet.append(rule(), command("Show all columns", "", () => this.#grid.showAllColumns()));
    }
  }
}
