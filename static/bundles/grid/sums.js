// Sum and average of numbers as PostgreSQL prints them: exact, however long they are.
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i;
// Decimals of an average beyond those of the numbers.
const DIGITS_MORE = 6;
// Longer results are rounded.
const LENGTH_MAX = 40;

// `{ numbers, sum, average }`: the number of numbers, and both results as texts. NULLs and texts are not counted.
export function add(texts) {
  let [numbers, sum, odd] = [0, { digits: 0n, scale: 0 }, undefined];
  for (const text of texts) {
    const number = text === null ? undefined : parse(text);
    if (number) {
      numbers += 1;
      sum = plus(sum, number);
    } else if (text !== null && /^(NaN|-?Infinity)$/.test(text)) {
      numbers += 1;
      odd = (odd ?? 0) + Number(text);
    }
  }
  if (numbers === 0) {
    return { numbers };
  }
  if (odd !== undefined) {
    return { numbers, sum: String(odd), average: String(odd) };
  }
  return { numbers, sum: short(print(sum)), average: average(sum, BigInt(numbers)) };
}

function parse(text) {
  const [, sign, whole, part = "", exponent = "0"] = NUMBER.exec(text) ?? [];
  if (whole === undefined) {
    return undefined;
  }
  const digits = BigInt(sign + whole + part);
  const scale = part.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

function plus(one, other) {
  const scale = Math.max(one.scale, other.scale);
  const scaled = ({ digits, scale: own }) => (own === scale ? digits : digits * 10n ** BigInt(scale - own));
  return { digits: scaled(one) + scaled(other), scale };
}

function average({ digits, scale }, numbers) {
  const dividend = digits * 10n ** BigInt(DIGITS_MORE);
  const isExact = dividend % numbers === 0n;
  const half = dividend < 0n ? -numbers / 2n : numbers / 2n;
  const text = print({ digits: (dividend + (isExact ? 0n : half)) / numbers, scale: scale + DIGITS_MORE });
  const plain = short(text.replace(/\.?0+$/, ""));
  return isExact || plain.startsWith("about") ? plain : `about ${plain}`;
}

// With a scale the text always has a decimal point, so that trimming removes only zeros after it.
function print({ digits, scale }) {
  const sign = digits < 0n ? "-" : "";
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

function short(text) {
  return text.length > LENGTH_MAX ? `about ${Number(text)}` : text;
}
