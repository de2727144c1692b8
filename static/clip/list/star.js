// Stars a clip without loading the list again; also when somebody leaves the page at once.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[form=stars]");
  if (!button) return;
  event.preventDefault();
  const isStarred = button.getAttribute("aria-pressed") === "true";
  const body = new URLSearchParams(new FormData(button.form));
  const address = button.formAction;
  const response = await fetch(address, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => null);
  if (response?.type !== "opaqueredirect") {
    // Signed out, or the clip is gone.
    location.reload();
    return;
  }
  button.setAttribute("aria-pressed", String(!isStarred));
  button.formAction = isStarred ? address.replace(/\/removal$/, "") : `${address}/removal`;
});
