// Finding: words, filters and order of the list; and any place by its name or its coordinates.

import { el, fill } from "./dom.js";
import { latitude, longitude } from "./payload.js";
import { emit, state } from "./state.js";
import { classWord, num, t } from "./words.js";

const AS_ASKED = { text: "", port: "", state: "", status: "", order: "rank" };
const COORDINATES = /^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/;
const OFFERED = 3;
const CLOSE = 10.5;

/** What the reader looks for. @type {typeof AS_ASKED} */
export const wanted = { ...AS_ASKED };

/** Put what is wanted in place; what this run does not have is left out. @param {Record<string, string|null>} said @param {any} places */
export function want(said, places) {
  const has = {
    text: () => true,
    port: (/** @type {string} */ id) => places.port.has(id),
    state: (/** @type {string} */ name) => places.sites.some((/** @type {any} */ site) => site.state === name),
    status: (/** @type {string} */ name) => places.sites.some((/** @type {any} */ site) => site.status === name),
    order: (/** @type {string} */ name) => name in ORDERS || name === "name",
  };
  for (const name of /** @type {Array<keyof typeof AS_ASKED>} */ (Object.keys(AS_ASKED))) {
    const value = said[name];
    wanted[name] = value && has[name](value) ? value : AS_ASKED[name];
  }
}

/** What is wanted beyond what everybody sees. @returns {Array<[string, string]>} */
export const asked = () => Object.entries(wanted).filter(([name, value]) => value !== AS_ASKED[/** @type {"text"} */ (name)]);

/** Letters without accents or capitals. @param {any} text */
export const fold = (text) => String(text ?? "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Latitude and longitude in a text, or null. @param {string} text @returns {[number, number]|null} */
export function coordinates(text) {
  const found = COORDINATES.exec(text);
  if (!found) return null;
  const [lat, lon] = [Number(found[1]), Number(found[2])];
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? [lat, lon] : null;
}

/** @type {Record<string, (row: any) => number>} smallest first */
const ORDERS = {
  low: (row) => -(row.score_low ?? -1),
  weaker: (row) => -Math.min(row.us_score ?? row.score ?? -1, row.mx_score ?? row.score ?? -1),
  minutes: (row) => row.link_minutes ?? Infinity,
  cost: (row) => row.cost_high ?? Infinity,
};

/** The rows that the reader wants, in the order that the reader wants. @param {any[]} rows @param {any} places */
export function sift(rows, places) {
  const words = coordinates(wanted.text) ? [] : fold(wanted.text).split(/\s+/).filter(Boolean);
  const gates = (/** @type {any} */ row) => (row.us_site ? [row.port] : places.pairs.filter((/** @type {any} */ pair) => pair.us_site === row.id || pair.mx_site === row.id).map((/** @type {any} */ pair) => pair.port));
  const names = (/** @type {any} */ row) => {
    const ports = row.us_site ? [places.port.get(row.port)] : [];
    return fold([...places.ends(row).flatMap((/** @type {any} */ site) => [site?.name, site?.place, site?.landmark, site?.state]), ...ports.flatMap((port) => [port?.name, port?.name_mx])].join(" "));
  };
  const kept = rows.filter(
    (row) =>
      (!words.length || words.every((word) => names(row).includes(word))) &&
      (!wanted.port || gates(row).includes(wanted.port)) &&
      (!wanted.state || places.ends(row).some((/** @type {any} */ site) => site?.state === wanted.state)) &&
      (!wanted.status || places.ends(row).some((/** @type {any} */ site) => site?.status === wanted.status)),
  );
  if (wanted.order === "name") return kept.sort((a, b) => names(a).localeCompare(names(b)));
  const key = ORDERS[wanted.order];
  return key ? kept.sort((a, b) => key(a) - key(b)) : kept;
}

export class Find {
  /** @param {any} app map, places, content, surface, card @param {() => void} refresh draw the list again */
  constructor(app, refresh) {
    this.app = app;
    this.refresh = refresh;
    this.open = false;
    /** @type {any[]|null} */
    this.known = null;
  }

  /** The search box and what was found. */
  box() {
    const input = /** @type {HTMLInputElement} */ (el("input", { type: "search", id: "search", value: wanted.text, autocomplete: "off", placeholder: t("find.hint"), "aria-label": t("find.label"), "aria-describedby": "found" }));
    input.addEventListener("input", () => this._set("text", input.value));
    input.addEventListener("keydown", (event) => event.key === "Enter" && this._go());
    this.said = el("div", { class: "found", id: "found", role: "status" });
    return el("div", { class: "find", role: "search" }, input, this.said);
  }

  /** What stands above the rows and scrolls with them. */
  filters() {
    const details = /** @type {HTMLDetailsElement} */ (el("details", { class: "filters", open: this.open || asked().some(([name]) => name !== "text") }, el("summary", {}, t("find.filters")), el("div", { class: "selects" }, this._selects())));
    details.addEventListener("toggle", () => { this.open = details.open; });
    return details;
  }

  _selects() {
    const { places } = this.app;
    const options = (/** @type {any[]} */ values, /** @type {(value: any) => string} */ words) =>
      [...new Set(values)].filter(Boolean).map((value) => [value, words(value)]).sort((a, b) => a[1].localeCompare(b[1]));
    const orders = ["rank", "low", ...(state.tab === "pairs" ? ["weaker", "minutes", ...(places.costs ? ["cost"] : [])] : []), "name"];
    if (!orders.includes(wanted.order)) wanted.order = "rank";
    return [
      this._select("port", options(places.pairs.map((/** @type {any} */ pair) => pair.port), (id) => String(places.port.get(id)?.name ?? id))),
      this._select("state", options(places.sites.map((/** @type {any} */ site) => site.state), String)),
      this._select("status", options(places.sites.map((/** @type {any} */ site) => site.status), classWord)),
      this._select("order", orders.map((order) => [order, t(`find.by.${order}`)]), true),
    ];
  }

  /** @param {"port"|"state"|"status"|"order"} name @param {string[][]} options @param {boolean} [every] all are named, none is "any" */
  _select(name, options, every) {
    if (options.length < 2) return null;
    const any = every ? [] : [["", t("find.any")]];
    const box = /** @type {HTMLSelectElement} */ (el("select", { id: `find-${name}` }, [...any, ...options].map(([value, words]) => el("option", { value, selected: value === wanted[name] }, words))));
    box.addEventListener("change", () => this._set(name, box.value));
    return el("label", {}, el("span", {}, t(`find.${name}`)), box);
  }

  /** @param {keyof typeof AS_ASKED} name @param {string} value */
  _set(name, value) {
    wanted[name] = value;
    this.refresh();
    if (name === "text") document.getElementById("rows")?.scrollTo(0, 0);
    emit("layers");
  }

  _reset() {
    Object.assign(wanted, AS_ASKED);
    emit("list");
    document.getElementById("search")?.focus();
  }

  /** Say how much was found, and what of the map bears that name. @param {number} shown @param {number} all */
  tell(shown, all) {
    if (!this.said) return;
    const offers = this._offers().map((/** @type {any} */ one) => el("button", { class: "offer", on: { click: () => this.visit(one.lat, one.lon) } }, `◎ ${one.text}`));
    const count = asked().some(([name]) => name !== "order") && el("span", {}, t("find.count", { shown: num(shown), all: num(all) }), " ", shown > 0 && this._resetButton());
    fill(this.said, count, offers.length > 0 && el("span", { class: "offers" }, el("span", {}, t("find.go")), offers));
  }

  /** What stands in an empty list. */
  nothing() {
    return el("li", { class: "empty" }, el("p", {}, t(this.app.places.has(state.tab) ? "find.nothing" : "tabs.empty")), this.app.places.has(state.tab) && this._resetButton());
  }

  _resetButton() {
    return el("button", { class: "textual", on: { click: () => this._reset() } }, t("find.reset"));
  }

  _go() {
    const [first] = this._offers();
    if (first) this.visit(first.lat, first.lon);
  }

  /** Places of the map that bear the words sought, the likeliest first. */
  _offers() {
    const spot = coordinates(wanted.text);
    if (spot) return [{ text: `${num(spot[0], 4)}, ${num(spot[1], 4)}`, lat: spot[0], lon: spot[1] }];
    const sought = fold(wanted.text).trim();
    if (sought.length < 3) return [];
    const known = (this.known ??= gazetteer(this.app));
    const worth = (/** @type {any} */ one) => (` ${one.folded}`.includes(` ${sought}`) ? 1e9 : 0) + one.people;
    return known.filter((one) => one.folded.includes(sought)).sort((/** @type {any} */ a, /** @type {any} */ b) => worth(b) - worth(a)).filter(first).slice(0, OFFERED);
  }

  /** Go to a place and say what its land is worth. @param {number} lat @param {number} lon */
  visit(lat, lon) {
    const { map, surface, card } = this.app;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    map.setView([lat, lon], Math.max(map.getZoom(), CLOSE), { animate: !calm });
    const cell = surface ? surface.at(lon, lat) : -1;
    card.open(cell >= 0 ? { kind: "cell", id: cell } : { kind: "nowhere", id: 0, lat, lon });
  }
}

/** Not the second of one name within 0.3 degrees. @param {any} one @param {number} n @param {any[]} all */
const first = (one, n, all) => all.findIndex((other) => other.text === one.text && Math.hypot(other.lat - one.lat, other.lon - one.lon) < 0.3) === n;

/** The middle of a cell: its place in the grid, turned back into degrees step by step. @param {any} surface @param {number} cell @returns {{lon: number, lat: number}} */
export function middle(surface, cell) {
  const [x, y] = [surface.cols[cell] + 0.5, surface.rows[cell] + 0.5].map((n) => n * surface.grid.size);
  const spot = { lon: surface.grid.projection.lon_0, lat: surface.grid.projection.lat_0 };
  for (let step = 0; step < 30; step++) {
    const [east, north] = surface.projection.xy(spot.lon, spot.lat);
    spot.lat += (y - north) / 111000;
    spot.lon += (x - east) / (111000 * Math.cos((spot.lat * Math.PI) / 180));
  }
  return spot;
}

/** Names that can be gone to: towns, ports and parks. @param {any} app @returns {any[]} */
function gazetteer({ content, places }) {
  const known = places.ports.map((/** @type {any} */ port) => ({ text: String(port.name), people: 1e6, lat: port.lat, lon: port.lon }));
  for (const layer of content.layers) {
    if (!["places", "industrial_parks"].includes(layer.id) || !layer.drawn?.names) continue;
    layer.drawn.names.forEach((/** @type {any} */ text, /** @type {number} */ n) => {
      const [x, y] = layer.drawn.shapes[n].parts[0] ?? [];
      if (text && x !== undefined) known.push({ text: String(text), people: layer.drawn.rows.population?.[n] ?? 0, lon: longitude(x), lat: latitude(y) });
    });
  }
  return known.map((/** @type {any} */ one) => ({ ...one, folded: fold(one.text) }));
}
