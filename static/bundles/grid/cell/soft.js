// The end of a number or a time that is shown in softer ink, by the same rules as the server's (src/web/clip/table/cell.rs).
const PLAIN = /^-?\d+\.\d+$/;
const END = /^[\d.+:-]+$/;
const SECONDS = ":00:00".length;

// Where zeros after the decimal point begin, or the fraction of a second and the time zone; the text's length if nowhere.
export function softStart(text, { isNumber, hasTime }) {
  if (isNumber) {
    return PLAIN.test(text) && text.endsWith("0") ? zeros(text) : text.length;
  }
  return hasTime ? afterSeconds(text) : text.length;
}

function zeros(text) {
  let start = text.length;
  while (text[start - 1] === "0") {
    start -= 1;
  }
  return text[start - 1] === "." ? start - 1 : start;
}

function afterSeconds(text) {
  const colon = text.indexOf(":");
  const start = colon + SECONDS;
  return colon >= 0 && END.test(text.slice(start)) ? start : text.length;
}
