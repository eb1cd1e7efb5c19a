// Parts that all cards share.

import { el, link } from "./dom.js";
import { moved } from "./ranking.js";
import { both, classWord, points, span, t } from "./words.js";

/** A score with its interval, and what else there is to say of it. @param {any} row @param {string} words @param {any} [more] */
export function headline(row, words, more) {
  return el("p", { class: "headline" }, el("b", {}, points(row.score)), el("span", {}, t("card.of_100"), el("br"), t("card.interval", { span: span(row.score_low, row.score_high) }), el("br"), words, " ", row.rank && moved(row), more && [el("br"), more]));
}

/** A text of the data: in the reader's language where the layer brings that, else in English. */
/** @param {string} text @param {string} [tag] */
export function told(text, tag = "span") {
  const words = classWord(text);
  return el(tag, { lang: words === text ? "en" : null }, words);
}

/** @param {any[]} list of a name and a value */
export function facts(list) {
  return el("dl", { class: "facts" }, list.filter(Boolean).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** One line of provenance. @param {any} layer */
export function sourceLine(layer) {
  const flags = [t("sources.grade", { grade: layer.grade }), layer.vintage, layer.approximate && t("layers.approximate")];
  return el("p", { class: "source" }, el("b", {}, both(layer.title)), " – ", link(layer.source_url, layer.source), `, ${layer.publisher}. `, el("span", { class: "quiet" }, flags.filter(Boolean).join(" · ")));
}
