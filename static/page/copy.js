// A button that copies the text of an element. Over plain HTTP browsers give pages no clipboard; the text is then selected,
// so that it can be copied with the keyboard.
document.addEventListener("click", async (event) => {
  const button = unshadowed(event.target).closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const status = button.parentElement.querySelector("[data-copy-status]");
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    status.textContent = "Copied.";
  } catch {
    select(source);
    status.textContent = "Selected: copy it with the keyboard or the menu.";
  }
});

// Read-only fields hold text to copy, so focusing one selects its text.
document.addEventListener("focusin", (event) => {
  if (unshadowed(event.target).matches("input[readonly]")) event.target.select();
});

function select(source) {
  if (source.select) {
    source.focus();
    source.select();
  } else {
    getSelection().selectAllChildren(source);
  }
}
