// Words and numbers in the reader's language.

import { state } from "./state.js";

let books = {};
const LOCALES = { en: "en-US", es: "es-MX" };

/** @type {Record<string, any>} of Intl, made once each: making one takes longer than a hundred uses */
const formats = {};

export const setWords = (words) => (books = words);

export const locale = () => LOCALES[state.language];

/** Words by dotted key, with {names} filled in. */
export function t(key, values = {}) {
  const found = key.split(".").reduce((book, part) => book?.[part], books[state.language]);
  return typeof found === "string" ? found.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "")) : key;
}

/** Words of the data. @param {{en: string, es: string}|string|null|undefined} text in both languages, or as it is */
export function both(text) {
  return typeof text === "string" ? text : (text?.[state.language] ?? text?.en ?? "");
}

/** What the first of some books says of a name; the name itself where none says anything. */
function wordOf(name, ...names) {
  const found = names.map((book) => books[state.language]?.[book]?.[name]);
  return found.find((words) => typeof words === "string") ?? String(name);
}

/** A class or a text of the data in the reader's language, if there is one. */
export const classWord = (name) => wordOf(name, "classes", "told");

/** @param {number|null|undefined} value */
export function num(value, digits = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const fixed = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return (formats[locale() + digits] ??= new Intl.NumberFormat(locale(), fixed)).format(value);
}

/** A leg of a link: rounded to whole minutes, legs would not add up to what all of them take. */
export const inMinutes = (value) => num(value, value % 1 ? 1 : 0);

/** What is not known is null, since NaN prints and compares badly. */
export const known = (value) => (Number.isNaN(value) ? null : value);

/** A score 0..1 as people read it: 0 to 100. @param {number|null|undefined} value */
export const points = (value) => num(value && 100 * value);

/** The interval of a score; nothing where all is known. */
export const span = (low, high) => (points(low) === points(high) ? "" : `${points(low)}–${points(high)}`);

/** The same in words. */
export function worst(row) {
  const bounds = span(row.score_low, row.score_high);
  return bounds && t("card.interval", { span: bounds });
}

/** A raw measure with its unit. @param {string|null} unit @param {number} [places] digits after the point */
export function quantity(value, unit, places) {
  if (value === null || value === undefined) return t("unknown_value");
  if (typeof value === "string") return /^\d{4}-\d\d-\d\d$/.test(value) ? day(value) : classWord(value);
  if (typeof value === "boolean" || unit === "yes/no") return t(value ? "yes" : "no");
  if (unit === "share") return `${num(value * 100)} %`;
  if (unit === "year") return String(value);
  const size = Math.abs(value);
  const digits = places ?? (Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2);
  const shown = num(value, size * 10 ** digits < 0.5 ? 0 : digits);
  return [shown, unit && wordOf(unit, "units")].filter(Boolean).join(" ");
}

/** @param {string} iso */
export function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  const options = /** @type {const} */ ({ year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
  return (formats[locale()] ??= new Intl.DateTimeFormat(locale(), options)).format(Date.UTC(year, month - 1, date));
}
