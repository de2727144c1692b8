// A whole row: the name and the value of each column, one below the other.
import { element } from "../../element.js";
import { hyperlink, target } from "../cell/hyperlink.js";
import { folded } from "../cell/json.js";
import { inked, softStart } from "../cell/soft.js";

// The cell alone shows the rest of a longer text.
const CHARACTERS = 2_000;

export function record(columns, texts, current) {
  const list = element("dl", "record");
  columns.forEach((column, index) => {
    const group = document.createElement("div");
    const [name, value] = [document.createElement("dt"), document.createElement("dd")];
    name.textContent = column.name;
    name.title = column.type;
    value.append(...shown(column, texts[index]));
    if (column === current) {
      group.setAttribute("aria-current", "true");
    }
    group.append(name, value);
    list.append(group);
  });
  return list;
}

function shown(column, text) {
  if (text === null) {
    const none = element("span", "null");
    none.textContent = "NULL";
    return [none];
  }
  const address = target(text);
  if (address) {
    return [hyperlink(text, address)];
  }
  const whole = column.isJson && text.length <= CHARACTERS ? folded(text) : text;
  return whole.length > CHARACTERS ? [`${whole.slice(0, CHARACTERS)}…`] : inked(whole, softStart(whole, column));
}
