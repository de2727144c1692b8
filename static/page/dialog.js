// Opens the main part of a linked page as a dialog over the current page; its forms are sent from there, and show their
// outcome in it. Without scripts the link is an ordinary link.
for (const link of document.querySelectorAll("a[data-dialog]")) {
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(link.href);
      if (!response.ok) throw new Error(response.statusText);
      open(await parts(response), link);
    } catch {
      location.assign(link.href);
    } finally {
      link.removeAttribute("aria-busy");
    }
  });
}

async function parts(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return [...page.querySelector("main").childNodes].map((part) => document.importNode(part, true));
}

function open(parts, link) {
  const dialog = document.createElement("dialog");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.append(...parts, close);
  dialog.setAttribute("aria-label", link.textContent.trim());
  dialog.addEventListener("submit", (event) => send(event, dialog, close));
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  // A click on the backdrop has the dialog itself as its target.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

async function send(event, dialog, close) {
  const form = event.target;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  tell(form, form.dataset.busy);
  const section = form.closest("section[id]")?.id;
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const response = await fetch(form.action, { method: "POST", body });
    if (response.status === 401) return location.reload();
    dialog.replaceChildren(...(await parts(response)), close);
    showOutcome(dialog, section);
  } catch {
    form.removeAttribute("aria-busy");
    tell(form, "The server did not answer. Try again.");
  }
}

function tell(form, words) {
  const status = form.querySelector("[data-busy-status]");
  if (status) status.textContent = words ?? "";
}

// Goes back to the part of the page whose form was sent: to the field to mend, or to what was done.
function showOutcome(dialog, id) {
  const section = (id && dialog.querySelector(`#${id}`)) || dialog;
  const target = section.querySelector("[aria-invalid], [role=status]:not(:empty)") ?? section;
  if (!target.matches("input, textarea, select")) target.tabIndex = -1;
  target.focus();
  section.scrollIntoView();
  const label = dialog.querySelector("[data-access-label]")?.textContent;
  if (!label) return;
  for (const note of document.querySelectorAll("[data-access-note]")) note.remove();
  for (const shown of document.querySelectorAll("[data-access-label]")) shown.textContent = label;
}
