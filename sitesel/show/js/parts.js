// Parts that all cards share.

import { el, link } from "./dom.js";
import { moved } from "./ranking.js";
import { both, classWord, points, quantity, t, worst } from "./words.js";

const AS_IN_SOURCE = /_note$|^hours$/; // wording of the table
/** @type {Record<string, string>} what may come from fetched waits, and its unit */
const MEASURED = { lanes: "count", wait_median: "min", wait_p95: "min" };
const LOOKED_FOR = ["trucks", "hours", "fast", "lanes", "rail", "modernisation", "delay_min"];

/** A score with its interval, and what else there is to say of it. @param {any} row @param {string} words @param {any} [more] */
export function headline(row, words, more) {
  return el("p", { class: "headline" }, el("b", {}, points(row.score)), el("span", {}, t("card.of_100"), el("br"), worst(row) && [worst(row), el("br")], words, " ", row.rank && moved(row), more && [el("br"), more]));
}

/** A text of the data: in the reader's language where the layer brings that, else in English. @param {string} text @param {string} [tag] */
export function told(text, tag = "span") {
  const words = classWord(text);
  return el(tag, { lang: words === text ? "en" : null }, words);
}

/** One line of provenance. @param {any} layer */
export function sourceLine(layer) {
  const flags = [t("sources.grade", { grade: layer.grade }), layer.vintage, layer.approximate && t("layers.approximate")];
  return el("p", { class: "source" }, el("b", {}, both(layer.title)), " – ", link(layer.source_url, layer.source), `, ${layer.publisher}. `, el("span", { class: "quiet" }, flags.filter(Boolean).join(" · ")));
}

/** What the table of ports says of one, as names and values; of what a reader looks for also that nobody knows. */
/** @param {any} port @param {any} layer @param {string[]} names of fields */
export function portFacts(port, layer, names) {
  const fields = new Map((layer?.drawn?.fields ?? []).map((/** @type {any} */ field) => [field.id, field]));
  return names.map((name) => {
    const title = MEASURED[name] ? t(`ports.${name}`) : both(fields.get(name)?.title);
    const blank = [null, undefined, ""].includes(port[name]);
    if (!title || (blank && !(port.open && LOOKED_FOR.includes(name)))) return null;
    if (blank) return [title, t("ports.unknown")];
    return [title, AS_IN_SOURCE.test(name) ? told(port[name]) : quantity(port[name], MEASURED[name] ?? fields.get(name)?.unit ?? "")];
  });
}
