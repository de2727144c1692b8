// The colours of the page's theme, read from the style sheet.
const SERIES = 8;

export function palette(host) {
  return read(host, "");
}

export function lightPalette(host) {
  return read(host, "light");
}

function read(host, scheme) {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.colorScheme = scheme;
  host.after(probe);
  const colour = (token) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    paper: colour("paper"),
    ink: colour("ink"),
    soft: colour("ink-soft"),
    line: colour("line"),
    strong: colour("line-strong"),
    series: Array.from({ length: SERIES }, (_, index) => colour(`chart-${index + 1}`)),
    font: getComputedStyle(host).fontFamily,
  };
  probe.remove();
  return colours;
}

export function whenThemeChanges(act) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", act);
  new MutationObserver(act).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
