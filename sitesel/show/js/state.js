// What the reader has chosen, and who wants to hear of a change.

/** @typedef {{kind: "pair"|"site"|"port"|"cell"|"feature", id: any, layer?: any}} Choice */

export const state = {
  language: "en",
  tab: "pairs",
  setOnly: false,
  surface: true,
  /** @type {Choice|null} */
  chosen: null,
  /** @type {Set<string>} layers that are switched on */
  layers: new Set(),
};

/** @type {Record<string, Array<() => void>>} */
const listeners = {};

/** Topics: language, list, choice, layers. @param {string} topic @param {() => void} run */
export function on(topic, run) {
  (listeners[topic] ??= []).push(run);
}

/** @param {string} topic */
export function emit(topic) {
  for (const run of listeners[topic] ?? []) run();
}

/** @param {Choice|null} choice */
export function choose(choice) {
  state.chosen = choice;
  emit("choice");
}

/** @param {string} kind @param {any} id */
export function isChosen(kind, id) {
  return state.chosen?.kind === kind && state.chosen.id === id;
}
