// What the reader has chosen, and who wants to hear of a change.

/** @typedef {{kind: string, id: any, layer?: any, n?: number, lat?: number, lon?: number}} Choice a feature has all */

export const ROOMY = matchMedia("(min-width: 47.6em) and (min-height: 40.1em)");

export const state = {
  language: "en",
  tab: "pairs",
  setOnly: false,
  surface: true,
  keys: ROOMY.matches, // of the legend: open where there is room
  /** @type {Choice|null} */
  chosen: null,
  /** @type {Set<string>} layers that are switched on */
  layers: new Set(),
};

/** @type {Record<string, Array<() => void>>} by topic */
const listeners = { language: [], list: [], choice: [], compared: [], layers: [], weights: [] };

export const on = (topic, run) => listeners[topic].push(run);

export const emit = (topic) => listeners[topic].forEach((run) => run());

export const isChosen = (kind, id) => state.chosen?.kind === kind && state.chosen?.id === id;
