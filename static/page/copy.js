// A button that copies what an element holds. Over plain HTTP browsers have no clipboard for pages: then the text is
// selected, so that a key copies it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
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

// What is meant to be copied is selected as soon as somebody gets there.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[readonly]")) event.target.select();
});

function select(source) {
  if (source.select) {
    source.focus();
    source.select();
  } else {
    getSelection().selectAllChildren(source);
  }
}
