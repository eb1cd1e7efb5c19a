// Parts that all cards share.

import { gains, shadeOf } from "./charts.js";
import { el } from "./dom.js";
import { both, classWord, quantity, t } from "./words.js";

/** The language of a text of the data, where it is none that the reader chose. */
export const tongue = (text) => (classWord(text) === text && /[a-z]{2}/i.test(text) ? "en" : null);

/** A text of the data: in the reader's language where the layer brings that, else in English. */
export const told = (text, tag = "span") => el(tag, { lang: tongue(text) }, classWord(text));

/** What is stated of a port, as names and values; of what a reader looks for also that nobody knows. */
export function portFacts(port, layer, names) {
  const known = names.filter((name) => port.stated[name]);
  return known.map((name) => {
    const { title, value, unit, wording } = port.stated[name];
    const words = value === null ? t("ports.unknown") : wording ? told(value) : quantity(value, unit);
    return [title ? both(title) : t(`ports.${name}`), words];
  });
}

/** Criteria by group with a bar for each site. @param {(criterion: any, n: number) => string} words of a measure */
export function criteria(card, sites, shown, words, note) {
  const gained = sites.map((site) => new Map(gains(card.study, site).map((one) => [one.criterion.id, one])));
  const largest = Math.max(...gained.flatMap((byId) => [...byId.values()].map((one) => one.weight)));
  const bar = (criterion) => (byId, n) => {
    const gain = byId.get(criterion.id);
    const said = gain ? words(criterion, n) : t("not_applicable");
    return view.gainBar({ gain, largest, words: said, shade: shadeOf(card.study, criterion.group) });
  };
  const rows = shown.map((criterion) => ({ criterion, bars: gained.map(bar(criterion)) }));
  return view.criteria({ card, sites, rows, note });
}
