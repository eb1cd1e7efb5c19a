// Finding: words, filters and order of the list; and any place by its name or its coordinates.

import { room } from "./dom.js";
import { latitude, longitude } from "./payload.js";
import { emit, state } from "./state.js";
import { num } from "./words.js";

const AS_ASKED = { text: "", port: "", state: "", status: "", order: "rank" };
const OFFERED = 3;
const CLOSE = 10.5; // zoom

/** What the reader looks for. */
export const wanted = { ...AS_ASKED };

/** Put what is wanted in place; what this run does not have is left out. */
export function want(said, places) {
  const some = (key) => places.sites.some((site) => site[key] === said[key]);
  const order = Object.hasOwn(ORDERS, said.order);
  const has = { text: true, port: places.port.has(said.port), state: some("state"), status: some("status"), order };
  for (const name of Object.keys(wanted)) wanted[name] = (has[name] && said[name]) || AS_ASKED[name];
}

/** What is wanted beyond what everybody sees, as names and values. */
export const asked = () => Object.entries(wanted).filter(([name, value]) => value !== AS_ASKED[name]);

/** Letters without accents or capitals, as `search` of sites and ports has them. */
export const fold = (text) => String(text).normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Latitude and longitude in a text, or null. */
export function coordinates(text) {
  const found = /^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  const [lat, lon] = (found ?? []).slice(1).map(Number);
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? [lat, lon] : null;
}

/** What rows are sorted by, the smallest first. */
const ORDERS = {
  rank: () => 0,
  low: (row) => -(row.score_low ?? -1),
  weaker: (row) => -Math.min(row.us_score ?? row.score ?? -1, row.mx_score ?? row.score ?? -1),
  minutes: (row) => row.link_minutes ?? Infinity,
  cost: (row) => row.cost_high ?? Infinity,
  name: () => 0, // by its letters
};

/** The orders that the open tab has; one of pairs alone is given up on the others. */
export function orders(places) {
  const ofPairs = ["weaker", "minutes", ...(places.costs ? ["cost"] : [])];
  const offered = ["rank", "low", ...(state.tab === "pairs" ? ofPairs : []), "name"];
  if (!offered.includes(wanted.order)) wanted.order = AS_ASKED.order;
  return offered;
}

/** The rows that the reader wants, in the order that the reader wants. */
export function sift(rows, places) {
  const words = coordinates(wanted.text) ? [] : fold(wanted.text).split(/\s+/).filter(Boolean);
  const names = (row) => [...places.ends(row), places.port.get(row.port)].map((one) => one?.search).join(" ");
  const through = places.pairs.filter((pair) => pair.port === wanted.port);
  const linked = new Set(through.flatMap((pair) => [pair, ...places.ends(pair)]));
  const is = (row, key) => !wanted[key] || places.ends(row).some((site) => site?.[key] === wanted[key]);
  const fits = (row) => (!wanted.port || linked.has(row)) && is(row, "state") && is(row, "status");
  const found = rows.filter((row) => fits(row) && words.every((word) => names(row).includes(word)));
  if (wanted.order === "name") return found.sort((a, b) => names(a).localeCompare(names(b)));
  return found.sort((a, b) => ORDERS[wanted.order](a) - ORDERS[wanted.order](b));
}

/** What rows have under a key, with words for it. @returns {string[][]} */
export function choices(rows, key, words) {
  const values = [...new Set(rows.map((row) => row[key]).filter(Boolean))];
  return values.map((value) => [value, words(value)]).sort((a, b) => a[1].localeCompare(b[1]));
}

export class Find {
  constructor(app, refresh) {
    this.app = app;
    this.refresh = refresh; // draws the list again
    this.open = false; // the filters
    this.known = null;
  }

  set(name, value) {
    wanted[name] = value;
    this.refresh();
    if (name === "text") room("rows").scrollTo(0, 0);
    emit("layers");
  }

  /** Places of the map that bear the words sought, the likeliest first. */
  offers() {
    const spot = coordinates(wanted.text);
    if (spot) return [{ text: spot.map((degrees) => num(degrees, 4)).join(", "), lat: spot[0], lon: spot[1] }];
    const sought = fold(wanted.text).trim();
    if (sought.length < 3) return [];
    this.known ??= gazetteer(this.app);
    const close = ({ folded }) => (folded === sought ? 2 : Number(` ${folded}`.includes(` ${sought}`)));
    const found = this.known.filter(({ folded }) => folded.includes(sought));
    return found.sort((a, b) => close(b) - close(a)).slice(0, OFFERED);
  }

  /** Go to a place and say what its land is worth; of a port, what is known of it. */
  visit({ text, lat, lon, port }) {
    const { map, surface, card } = this.app;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    map.setView([lat, lon], Math.max(map.getZoom(), CLOSE), { animate: !calm });
    const cell = surface ? surface.at(lon, lat) : -1;
    const land = cell >= 0 ? { kind: "cell", id: cell, name: text } : { kind: "nowhere", id: 0, lat, lon, name: text };
    card.open(port ? { kind: "port", id: port } : land);
  }
}

/** Names that can be gone to, the greatest first; a number is the place of a town in its layer. */
function gazetteer({ content: { gazetteer, layers }, places }) {
  const { names, shapes } = layers.find((layer) => layer.id === "places")?.drawn ?? {};
  const town = (n) => ({ text: names[n], lon: longitude(shapes[n].box[0]), lat: latitude(shapes[n].box[1]) });
  const spots = gazetteer.map((one) => (typeof one === "number" ? town(one) : one));
  return spots.map((spot) => ({ ...spot, folded: places.port.get(spot.port)?.search ?? fold(spot.text) }));
}

/** The middle of a cell: its place in the grid, turned back into degrees step by step. */
export function middle({ cols, rows, grid, projection }, cell) {
  const [x, y] = [cols[cell], rows[cell]].map((n) => (n + 0.5) * grid.size);
  let { lon_0: lon, lat_0: lat } = grid.projection;
  for (let step = 0; step < 30; step++) {
    const [east, north] = projection.xy(lon, lat);
    lat += (y - north) / 111000;
    lon += (x - east) / (111000 * Math.cos((lat * Math.PI) / 180));
  }
  return { lon, lat };
}
