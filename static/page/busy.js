// Shows that a form is being sent, and prevents sending it twice.
for (const form of [...document.querySelectorAll("form[data-busy]")].map(unshadowed)) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) {
      return;
    }
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    form.querySelector("[data-busy-status]").textContent = event.submitter?.dataset.busy ?? form.dataset.busy;
  });
}

// The back button may restore the page in the state in which it was left.
addEventListener("pageshow", () => {
  for (const form of [...document.querySelectorAll("form[aria-busy]")].map(unshadowed)) {
    form.removeAttribute("aria-busy");
    form.querySelector("[data-busy-status]").textContent = "";
  }
});
