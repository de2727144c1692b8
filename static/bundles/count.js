// Numbers and their nouns, as sentences write them.
export function grouped(number) {
  return number.toLocaleString("en");
}

// “1 point”, “29,999 points”
export function count(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}
