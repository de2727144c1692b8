// Reads texts as numbers and moments, which only position a point: tooltips show the text.

// Why a value is not drawn.
const TOO_FAR = "NaN, infinity, or beyond 10³⁰⁸";
const NOT_READ = "not in the form $1,234.50";

// The formats that PostgreSQL's ISO style prints, except infinity and years before Christ.
const MOMENT = /^(\d{4,6})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?)?$/;
// Money as PostgreSQL prints it with lc_monetary C or en_US; digits are grouped differently elsewhere, so nothing is guessed.
const MONEY = /^(-?)\$(\d{1,3}(?:,\d{3})*\.\d\d)$/;

// Null for what cannot be drawn.
export function number(text) {
  const value = Number(plainNumber(text ?? ""));
  return Number.isFinite(value) ? value : null;
}

export function whyUndrawn(text) {
  if (text === null) {
    return "NULL";
  }
  return Number.isNaN(Number(text)) && text !== "NaN" ? NOT_READ : TOO_FAR;
}

// “-1234.50” for “-$1,234.50”; “NaN” for no number.
function plainNumber(text) {
  const [, sign, amount] = MONEY.exec(text) ?? [];
  return amount === undefined ? text.trim() || "NaN" : sign + amount.replaceAll(",", "");
}

export function moment(text) {
  const parts = MOMENT.exec(text);
  if (!parts) {
    return undefined;
  }
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = "0", sign = "+", ...offset] = parts;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const [hours = 0, minutes = 0, seconds = 0] = offset.map((part) => Number(part ?? 0));
  const away = ((hours * 60 + minutes) * 60 + seconds) * 1_000;
  return date.getTime() + Number(`0.${fraction}`) * 1_000 - (sign === "-" ? -away : away);
}
