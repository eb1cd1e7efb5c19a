// Sites, pairs and ports: their rows, how they belong together, and what of them lies under the pointer.

import { inside, mercatorX, mercatorY } from "./payload.js";
import { state } from "./state.js";
import { sift } from "./find.js";
import { readCosts } from "./money.js";
import { both } from "./words.js";

const DRAWN_PAIRS = 30;
const FIRST = 10;

/** Stands among the first ten, but most draws of the weights put it elsewhere: a pair or a site. */
export const fragile = (row) => row.rank <= FIRST && (row.p_top10 ?? 1) < 0.5;

/** A row as what can be chosen. */
export const choiceOf = (row) => ({ kind: row.us_site ? "pair" : "site", id: row.id });

export const place = (site) => String(both(site?.name) || site?.place || site?.id || "–");

export class Places {
  /** @param {any} content @param {import("./payload.js").Shape[]} siteShapes */
  constructor(content, siteShapes) {
    this.sites = content.sites;
    this.pairs = content.pairs;
    this.ports = content.ports;
    this.incentives = content.incentives;
    this.costs = readCosts(content.costs);
    this.sites.forEach((site, n) => Object.assign(site, { n, shape: siteShapes[n] }));
    for (const one of [...this.sites, ...this.ports]) [one.x, one.y] = [mercatorX(one.lon), mercatorY(one.lat)];
    this.site = new Map(this.sites.map((site) => [site.id, site]));
    this.port = new Map(this.ports.map((port) => [port.port_id, port]));
    /** @type {Array<{x: number, y: number, r: number, choice: any}>} painted marks, the uppermost first */
    this.marks = [];
    /** @type {{lon: number, lat: number}|null} the place that the reader asked about */
    this.asked = null;
    this.tested = [...this.pairs, ...this.sites].some((row) => (row.p_top10 ?? null) !== null);
    this.original = true; // are the weights those of the file?
  }

  pair = (id) => this.pairs.find((pair) => pair.id === id);
  row = (id) => this.site.get(id) ?? this.pair(id);
  portName = ({ port }) => String(both(this.port.get(port)?.name) || port);
  title = (row) => this.ends(row).map(place).join(" ⇄ ");

  /** The two sites of a pair, or the site itself. */
  ends = (row) => (row.us_site ? [this.site.get(row.us_site), this.site.get(row.mx_site)] : [row]);

  /** Corners of a pair's way: US site, port, Mexican site. */
  way(pair) {
    const [us, mx] = this.ends(pair);
    return [us, this.port.get(pair.port), mx].filter(Boolean);
  }

  /** Is there anything to list in a tab? */
  has = (tab) => (tab === "pairs" ? this.pairs.length > 0 : this.sites.some((site) => site.side === tab));

  /** The rows of the open tab that the reader wants, best first. */
  listed = () => sift(this.all(), this);

  /** All rows of the open tab. */
  all() {
    const rows = state.tab === "pairs" ? this.pairs : this.sites.filter((site) => site.side === state.tab);
    return rows.filter((row) => !state.setOnly || row.set_rank !== null).sort((a, b) => a.rank - b.rank);
  }

  /** The pairs whose lines are drawn; the chosen one last. */
  drawn() {
    if (state.tab !== "pairs") return [];
    const shown = this.listed().slice(0, DRAWN_PAIRS);
    const chosen = state.chosen?.kind === "pair" && this.pair(state.chosen.id);
    return chosen ? [...shown.filter((pair) => pair !== chosen), chosen] : shown;
  }

  /** The sites that are chosen, alone or as a pair. */
  lit() {
    const row = this.row(state.chosen?.id);
    return new Set(row ? this.ends(row) : []);
  }

  /** What can be chosen at a place (Mercator). */
  at(x, y, scale) {
    const mark = this.marks.find((one) => Math.hypot(one.x - x, one.y - y) * scale <= one.r);
    if (mark) return mark.choice;
    const site = this.sites.find((one) => inside(one.shape, x, y));
    return site ? { kind: "site", id: site.id } : null;
  }
}
