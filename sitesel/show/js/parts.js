// Parts that all cards share.

import { gains } from "./charts.js";
import { el } from "./dom.js";
import { both, classWord } from "./words.js";

/** The language of a text of the data, where it is none that the reader chose. */
export const tongue = (text) => (classWord(text) === text && /[a-z]{2}/i.test(text) ? "en" : null);

/** A text of the data: in the reader's language where the layer brings that, else in English. */
export const told = (text, tag = "span") => el(tag, { lang: tongue(text) }, classWord(text));

/** What is stated of a port, as names and values. @param {string[]} names of fields */
export const portFacts = (port, names) =>
  names.map((name) => port.stated[name]).filter(Boolean).map((one) => [both(one.title), view.stated(one)]);

/** Criteria by group with a bar for each site. @param {(criterion: any, n: number) => any} words of a measure */
export function criteria(card, sites, shown, words, note) {
  const gained = sites.map((site) => new Map(gains(card.study, site).map((one) => [one.criterion.id, one])));
  const largest = Math.max(...gained.flatMap((byId) => [...byId.values()].map((one) => one.weight)));
  return view.criteria({ card, sites, shown, gained, largest, words, note });
}
