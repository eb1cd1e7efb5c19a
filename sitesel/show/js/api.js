// What a page that frames the map, or a test, may ask of it: `window.sitesel`.

import { wanted } from "./find.js";
import { place } from "./places.js";
import { COLUMNS } from "./share.js";
import { state } from "./state.js";

const PAIR = [...COLUMNS.pairs, "id", "change", "link_value", "p_top10"];
const SITE = [...COLUMNS.sites, "name", "change", "p_top10"];

/** @param {(row: any) => void} go open a tab and choose a row in it */
export function offer(app, go) {
  const { live, places, map } = app;
  return {
    weights: () => structuredClone(live.weights),
    setWeights(weights) {
      live.set(weights);
      return structuredClone(live.weights);
    },
    ranking(what) {
      if (!["pairs", "us", "mx"].includes(what)) throw new RangeError(`ranking: '${what}' is none of pairs, us, mx`);
      const [rows, names] = what === "pairs" ? [places.pairs, PAIR] : [live.bySide[what.toUpperCase()], SITE];
      const of = (row, name) => (name === "name" ? place(row) : (row[name] ?? null));
      const told = (row) => Object.fromEntries(names.map((name) => [name, of(row, name)]));
      return [...rows].sort((a, b) => a.rank - b.rank).map(told);
    },
    select(id) {
      const row = places.row(id);
      if (id !== null && !row) throw new RangeError(`select: '${id}' is no site and no ranked pair`);
      go(row);
    },
    state() {
      const { language, tab, setOnly: set, surface } = state;
      const [{ lat, lng: lon }, zoom] = [map.getCenter(), map.getZoom()];
      const page = { language, tab, set, find: { ...wanted }, view: { lat, lon, zoom }, surface };
      const [selected, compared] = [state.chosen?.id ?? null, [...app.card.compare.chosen]];
      return { weights: this.weights(), ...page, layers: [...state.layers], selected, compared };
    },
  };
}
