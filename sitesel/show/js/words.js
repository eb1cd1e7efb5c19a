// Words and numbers in the reader's language.

import { state } from "./state.js";

/** @type {Record<string, any>} */
let books = {};
/** @type {Record<string, string>} */
const LOCALES = { en: "en-US", es: "es-MX" };

/** @type {Record<string, Intl.NumberFormat>} made once each: making one takes longer than a hundred uses */
const formats = {};

/** @param {Record<string, any>} words */
export function setWords(words) {
  books = words;
}

export function locale() {
  return LOCALES[state.language];
}

/** Words by dotted key, with {names} filled in. @param {string} key @param {Record<string, any>} [values] */
export function t(key, values = {}) {
  let found = books[state.language];
  for (const part of key.split(".")) found = found?.[part];
  if (typeof found !== "string") return key;
  return found.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Words of the data, given in both languages. @param {any} text */
export function both(text) {
  return text?.[state.language] ?? text?.en ?? "";
}

/** A class or a text of the data in the reader's language, if there is one. @param {any} name */
export function classWord(name) {
  const book = books[state.language];
  const known = book?.classes?.[String(name)] ?? book?.told?.[String(name)];
  return typeof known === "string" ? known : String(name);
}

/** @param {number|null|undefined} value @param {number} [digits] */
export function num(value, digits = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const key = locale() + digits;
  formats[key] ??= new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return formats[key].format(value);
}

/** What is not known is null, since NaN prints and compares badly. @param {number} value */
export const known = (value) => (Number.isNaN(value) ? null : value);

/** A score 0..1 as people read it: 0 to 100. @param {number|null|undefined} value */
export function points(value) {
  return value === null || value === undefined ? "–" : num(value * 100);
}

/** The interval of a score; nothing where all is known. @param {number|null} low @param {number|null} high */
export function span(low, high) {
  return points(low) === points(high) ? "" : `${points(low)}–${points(high)}`;
}

/** The same, said in words. @param {any} row */
export const worst = (row) => span(row.score_low, row.score_high) && t("card.interval", { span: span(row.score_low, row.score_high) });

/** A raw measure with its unit. @param {any} value @param {string|null} unit @param {number} [places] digits after the point */
export function quantity(value, unit, places) {
  if (value === null || value === undefined) return t("unknown_value");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "string") return /^\d{4}-\d\d-\d\d$/.test(value) ? day(value) : classWord(value);
  if (unit === "share") return `${num(value * 100)} %`;
  if (unit === "yes/no") return t(value ? "yes" : "no");
  if (unit === "year") return String(value);
  const digits = places ?? (Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  const known = unit ? books[state.language]?.units?.[unit] : "";
  const word = typeof known === "string" ? known : (unit ?? "");
  return word ? `${num(value, digits)} ${word}` : num(value, digits);
}

/** @param {string} iso */
export function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  const options = /** @type {const} */ ({ year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
  return new Date(Date.UTC(year, month - 1, date)).toLocaleDateString(locale(), options);
}
