// Numbers and their nouns, as sentences write them.
export function grouped(number) {
  return number.toLocaleString("en");
}

// Thousands separators for a decimal number of any length, as PostgreSQL prints it, perhaps after a word.
export function separated(text) {
  return text.replace(/\d+/, (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ","));
}

// “1 point”, “29,999 points”
export function count(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}
