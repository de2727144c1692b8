// Reads the page again and again while it is visible, and shows the new content of [data-refresh], whose value is the pause
// in milliseconds. What has the focus keeps it, by its id.

const part = document.querySelector("[data-refresh]");
const pause = Number(part.dataset.refresh);
const parser = new DOMParser();
let isSending = false;
let shown = "";

// What is pressed must still be there when it is released.
const isInUse = () => document.hidden || isSending || part.matches(":active");

async function refresh() {
  if (isInUse()) {
    return;
  }
  const response = await fetch(location.href);
  const page = parser.parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("[data-refresh]");
  if (!response.ok || !fresh || fresh.innerHTML === shown || isInUse()) {
    return;
  }
  shown = fresh.innerHTML;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceChildren(...fresh.childNodes);
  if (focused) {
    (document.getElementById(focused) ?? document.getElementById("main")).focus({ preventScroll: true });
  }
}

async function again() {
  // A server that does not respond now may do so later.
  await refresh().catch(() => {});
  setTimeout(again, pause);
}

part.addEventListener("submit", () => {
  isSending = true;
});
// The back button may restore the page in the state in which it was left.
addEventListener("pageshow", () => {
  isSending = false;
});
setTimeout(again, pause);
