// Writes the numbers and moments of the axes. Values that are pointed at are not written here: they keep the text of the row.
import { time } from "echarts/core";
import { moment } from "./values.js";

// By the unit of a tick. Days include the month, because a day alone is ambiguous.
export const TIMES = {
  year: "{yyyy}",
  month: "{MMM} {yyyy}",
  day: "{d} {MMM}",
  hour: "{HH}:{mm}",
  minute: "{HH}:{mm}",
  second: "{HH}:{mm}:{ss}",
  millisecond: "{ss}.{SSS}",
};
const DAY = 86_400_000;
const GROUPED_FRACTION = 10;

export function numberFormat({ numbers, decimals }) {
  const digits = decimals === undefined ? { maximumFractionDigits: GROUPED_FRACTION } : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const compact = decimals === undefined ? { maximumFractionDigits: 1 } : digits;
  const styles = {
    grouped: digits,
    plain: { ...digits, useGrouping: false },
    compact: { ...compact, notation: "compact" },
    percent: { ...digits, style: "percent" },
  };
  const format = new Intl.NumberFormat("en", styles[numbers ?? "grouped"]);
  // A step of an axis may be a rounding error away from 0.3.
  return (value) => format.format(Number(value.toPrecision(12)));
}

// How the texts of a category axis of dates are written: with the coarsest unit that tells all of them.
export function dateFormat(texts) {
  const moments = texts.map(moment).filter((value) => value !== undefined);
  if (moments.length === 0) {
    return (text) => text;
  }
  const template = templateFor(moments);
  return (text) => {
    const value = moment(text);
    return value === undefined ? text : time.format(value, template, true);
  };
}

function templateFor(moments) {
  const dates = moments.map((value) => new Date(value));
  const isDay = moments.every((value) => value % DAY === 0);
  const spansYears = new Set(dates.map((date) => date.getUTCFullYear())).size > 1;
  if (!isDay) {
    const isOneDay = new Set(moments.map((value) => Math.floor(value / DAY))).size === 1;
    const clock = moments.every((value) => value % 60_000 === 0) ? TIMES.minute : TIMES.second;
    return isOneDay ? clock : `${TIMES.day} ${clock}`;
  }
  if (!dates.every((date) => date.getUTCDate() === 1) || moments.length === 1) {
    return spansYears ? `${TIMES.day} {yyyy}` : TIMES.day;
  }
  return spansYears && dates.every((date) => date.getUTCMonth() === 0) ? TIMES.year : TIMES.month;
}
