// The sheet of a menu of the grid, and its commands. static/page/menu.js puts it below the button that opened it.
import { button, element } from "../../element.js";

// A sheet that `fill` fills each time before it opens.
export function sheet(id) {
  const made = element("div", "sheet commands");
  made.id = id;
  made.popover = "auto";
  return made;
}

// A command with its keys, if it has any. The sheet closes before it acts, so that the focus is back where it was.
export function command(label, keys, act) {
  const made = button(label, () => {
    made.closest("[popover]").hidePopover();
    act();
  });
  made.className = "command";
  if (keys) {
    made.dataset.keys = keys;
    made.ariaKeyShortcuts = keys.replace("Ctrl", "Control");
  }
  return made;
}

export function rule() {
  return document.createElement("hr");
}
