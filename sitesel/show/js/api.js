// What a page that frames the map, or a test, may ask of it: `window.sitesel`.

import { wanted } from "./find.js";
import { state } from "./state.js";
import { choiceOf, chosenId } from "./share.js";

/** @param {any} app @param {(choice: any) => void} go open a tab and choose something in it */
export function offer(app, go) {
  const { live, places, map } = app;
  return {
    /** Relative weights as they stand: {groups, criteria}. */
    weights: () => structuredClone(live.weights),
    /** Put weights in place of some or all. @param {any} weights @returns {any} all weights */
    setWeights(weights) {
      live.set(weights);
      return structuredClone(live.weights);
    },
    /** @param {"pairs"|"us"|"mx"} what @returns {any[]} rows, best first */
    ranking(what) {
      if (!["pairs", "us", "mx"].includes(what)) throw new RangeError(`ranking: '${what}' is none of pairs, us, mx`);
      const rows = what === "pairs" ? places.pairs : live.bySide[what.toUpperCase()];
      const names = what === "pairs" ? PAIR : SITE;
      return [...rows].sort((a, b) => a.rank - b.rank).map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
    },
    /** Choose a site or a pair by its id, or nothing with null. @param {string|null} id */
    select(id) {
      const choice = choiceOf(places, id);
      if (id !== null && !choice) throw new RangeError(`select: '${id}' is no site and no ranked pair`);
      go(choice);
    },
    state() {
      const { lat, lng } = map.getCenter();
      const { language, tab, setOnly, surface, layers } = state;
      return { weights: structuredClone(live.weights), language, tab, set: setOnly, find: { ...wanted }, selected: chosenId(app), view: { lat, lon: lng, zoom: map.getZoom() }, surface, layers: [...layers] };
    },
  };
}

const ROW = ["rank", "first", "change", "id", "score", "score_low", "score_high"];
const PAIR = [...ROW, "us_site", "port", "mx_site", "us_score", "mx_score", "weaker_side", "link_minutes", "us_minutes", "delay_minutes", "mx_minutes", "link_value", "set_rank", "cost_low", "cost_high", "p_top10"];
const SITE = [...ROW, "side", "name", "lon", "lat", "hectares", "status", "p_top10"];
