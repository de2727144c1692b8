// Puts the sheet of a menu below its button, and moves the focus within it by the arrow keys. The browser opens and closes it.
const GAP = 4;

document.addEventListener(
  "toggle",
  ({ target, newState }) => {
    if (newState === "open" && target.matches(".sheet[popover]")) {
      place(target, document.querySelector(`[popovertarget="${target.id}"]`));
    }
  },
  { capture: true },
);

function place(sheet, button) {
  const at = button.getBoundingClientRect();
  const right = Math.min(at.left, innerWidth - sheet.offsetWidth - GAP);
  const below = innerHeight - at.bottom - 2 * GAP;
  sheet.style.left = `${Math.max(GAP, right)}px`;
  sheet.style.top = `${at.bottom + GAP}px`;
  sheet.style.maxHeight = `${Math.max(below, 120)}px`;
}

// A sheet stays where it was put, so it closes when the page moves below it.
addEventListener("resize", close);

function close() {
  document.querySelector(".sheet[popover]:popover-open")?.hidePopover();
}

document.addEventListener("keydown", (event) => {
  const sheet = event.target.closest?.(".sheet[popover]") ?? opened(event.target);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!sheet || !step || event.target.matches("input, select, textarea")) {
    return;
  }
  event.preventDefault();
  const stops = [...sheet.querySelectorAll("a[href], button, input, select, summary")].filter((stop) => stop.checkVisibility());
  const next = stops.indexOf(document.activeElement) + step;
  stops.at(next % stops.length)?.focus();
});

function opened(button) {
  const sheet = button.popoverTargetElement;
  return sheet?.matches(":popover-open") ? sheet : undefined;
}

// “?” shows the keys, where the page has any.
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key === "?" && !isTyping) {
    document.getElementById("keys")?.togglePopover();
  }
});
