// Elements that more than one bundle makes.
export function element(name, className) {
  const element = document.createElement(name);
  element.className = className;
  return element;
}

export function button(label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", act);
  return button;
}
