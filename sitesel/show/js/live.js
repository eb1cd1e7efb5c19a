// The weights as they stand, and everything on the page that follows from them.

import { pairUp, ranked, scoreOf, shares, SIDES, valueAt, ways } from "./decide.js";
import { price } from "./money.js";
import { emit, state } from "./state.js";
import { known } from "./words.js";

const REASONS = 3;

/** @param {any} row */
const pairId = (row) => `${row.us_site}/${row.mx_site}`;

/** @param {import("./decide.js").Weights} weights @returns {import("./decide.js").Weights} */
const copy = (weights) => ({ groups: { ...weights.groups }, criteria: { ...weights.criteria } });

export class Live {
  /** @param {any} content @param {Record<string, any>} arrays @param {import("./places.js").Places} places @param {any} surface */
  constructor(content, arrays, places, surface) {
    this.study = content.study;
    this.places = places;
    this.surface = surface;
    this.file = copy(this.study.weights);
    this.weights = copy(this.file);
    this.sides = SIDES.filter((side) => places.sites.some((site) => site.side === side));
    this.bySide = Object.fromEntries(SIDES.map((side) => [side, places.sites.filter((site) => site.side === side)]));
    /** @type {() => any[]} choices that others hold */
    this.held = () => [];
    for (const site of places.sites) Object.assign(site, { first: site.rank, change: 0, draws: site.p_top10 });
    for (const row of places.pairs) Object.assign(row, { id: pairId(row), first: row.rank, change: 0, ...price(row, places.costs) });
    this.draws = new Map(places.pairs.map((row) => [row.id, row.p_top10]));
    /** @type {Record<string, number[]>} */
    this.table = {};
    this.firsts = new Int32Array(0);
    this._table(this._shares(this.weights));
    if (content.links) this._links(content.links, arrays.site_minutes);
  }

  /** Are these the weights that the file came with? */
  get original() {
    const same = (/** @type {"groups"|"criteria"} */ kind) => Object.entries(this.file[kind]).every(([name, weight]) => this.weights[kind][name] === weight);
    return same("groups") && same("criteria");
  }

  /** Put other weights in place of some or all. Throws a RangeError that says what is wrong. @param {{groups?: Record<string, number>, criteria?: Record<string, number>}} given */
  set(given) {
    const wanted = copy(this.weights);
    for (const kind of Object.keys(given)) if (!Object.hasOwn(wanted, kind)) throw new RangeError(`${kind}: weights are of groups and of criteria`);
    for (const kind of /** @type {const} */ (["groups", "criteria"])) {
      for (const [name, weight] of Object.entries(given[kind] ?? {})) {
        if (!Object.hasOwn(this.file[kind], name)) throw new RangeError(`${kind}.${name}: not in this study`);
        if (!Number.isFinite(weight) || weight < 0) throw new RangeError(`${kind}.${name}: a weight is a number of 0 or more`);
        wanted[kind][name] = weight;
      }
    }
    const table = this._shares(wanted);
    const bare = this.sides.find((side) => !table[side]);
    if (bare) throw new RangeError(`no criterion has a weight above 0 on side ${bare}`);
    this.remember();
    this.weights = wanted;
    this.places.original = this.original;
    this._table(table);
    this._sites();
    this._pairs();
    if (this.original) this.surface?.restore();
    else this._reweigh();
    emit("weights");
  }

  _reweigh() {
    this.surface?.reweigh(this.table, this.study.criteria.map((/** @type {any} */ one) => one.unknown));
  }

  /** Go through the costly steps of a move and back, so that the first one finds them compiled. */
  *rehearsal() {
    yield this.remember();
    yield this.original && (this._reweigh(), this.surface?.restore());
  }

  /** @param {import("./decide.js").Weights} weights @returns {Record<string, number[]|null>} */
  _shares(weights) {
    return Object.fromEntries(SIDES.map((side) => [side, shares(this.study.criteria, weights, side)]));
  }

  /** @param {Record<string, number[]|null>} table */
  _table(table) {
    const { criteria, groups } = this.study;
    this.table = Object.fromEntries(SIDES.map((side) => [side, table[side] ?? criteria.map(() => 0)]));
    criteria.forEach((/** @type {any} */ one, /** @type {number} */ c) => {
      one.shares = Object.fromEntries(SIDES.map((side) => [side, this.table[side][c]]));
      one.weight = this.sides.reduce((sum, side) => sum + this.table[side][c], 0) / (this.sides.length || 1);
    });
    for (const group of groups) {
      const own = criteria.filter((/** @type {any} */ one) => one.group === group.id);
      group.weight = own.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.weight, 0);
    }
  }

  /** The minutes from site to site do not depend on weights: once is enough. @param {any} links @param {Float64Array} all minutes from every site to every port */
  _links(links, all) {
    const count = links.ports.length;
    const part = (/** @type {string} */ side) => Float64Array.from(this.bySide[side].flatMap((site) => Array.from(all.subarray(site.n * count, (site.n + 1) * count))));
    const legs = { US: part("US"), MX: part("MX") };
    const found = ways(legs.US, legs.MX, links.delays);
    this.links = { ...links, ...found, legs, worth: found.minutes.map((minutes) => valueAt(links.value, minutes)) };
  }

  _sites() {
    const { criteria } = this.study;
    const unknown = criteria.map((/** @type {any} */ one) => one.unknown);
    for (const side of this.sides) {
      const rows = this.bySide[side];
      for (const site of rows) {
        const values = criteria.map((/** @type {any} */ one) => site.value[one.id] ?? null);
        const found = scoreOf(values, this.table[side], unknown);
        Object.assign(site, { score: known(found.score), score_low: known(found.low), score_high: known(found.high) });
        this._reasons(site, values);
      }
      const order = this._order(side);
      // The draws were made round the weights of the file; under others they say nothing.
      for (const site of rows) site.p_top10 = this.places.original ? site.draws : null;
      order.forEach((n, k) => Object.assign(rows[n], { rank: k + 1, change: rows[n].first - k - 1 }));
    }
  }

  /** Positions of a side's sites, best first; those without a score at the end. @param {string} side */
  _order(side) {
    return Array.from(ranked(Float64Array.from(this.bySide[side], (site) => site.score ?? -1)));
  }

  /** What weighs most for and against a site. @param {any} site @param {Array<number|null>} values */
  _reasons(site, values) {
    const { criteria } = this.study;
    const weights = this.table[site.side];
    const pulls = values.map((value, c) => ({ c, weight: weights[c], pull: value === null ? NaN : weights[c] * (value - 0.5) }));
    const heard = pulls.filter((one) => one.weight > 0);
    const strong = heard.filter((one) => one.pull > 0).sort((a, b) => b.pull - a.pull).slice(0, REASONS);
    const weak = heard.filter((one) => one.pull < 0).sort((a, b) => a.pull - b.pull).slice(0, REASONS);
    const unknown = heard.filter((one) => Number.isNaN(one.pull)).sort((a, b) => b.weight - a.weight);
    for (const [language, phrases] of Object.entries(site.phrases)) {
      const say = (/** @type {{c: number}} */ { c }) => phrases[criteria[c].id];
      site.strong[language] = strong.map(say);
      site.weak[language] = weak.map(say);
      site.unknown[language] = unknown.map(({ c }) => criteria[c].short[language]);
    }
  }

  /** Every US site with every Mexican one, the sites in the order of their ranks. */
  _paired() {
    const { worth, weaker_side, keep } = this.links;
    const [us, mx] = SIDES.map((side) => this._order(side));
    const count = mx.length;
    /** The place of a pair in the order of the file. @param {number} i @param {number} j */
    const at = (i, j) => us[i] * count + mx[j];
    const here = Float64Array.from({ length: us.length * count }, (_, k) => worth[at(Math.floor(k / count), k % count)]);
    const [left, right] = [us.map((n) => this.bySide.US[n]), mx.map((n) => this.bySide.MX[n])];
    return { left, right, at, ...pairUp(columns(left), columns(right), here, weaker_side, keep) };
  }

  /** Keep every pair's rank under the weights of the file; called before these first change. */
  remember() {
    if (!this.links || this.firsts.length) return;
    const { at, order, right } = this._paired();
    this.firsts = new Int32Array(this.links.worth.length);
    order.forEach((k, n) => (this.firsts[at(Math.floor(k / right.length), k % right.length)] = n + 1));
  }

  _pairs() {
    if (!this.links) return;
    const { ports, delays, legs, minutes, port, worth } = this.links;
    const before = new Map(this.places.pairs.map((row) => [row.rank, row.id]));
    const { left, right, at, kept } = this._paired();
    const mexican = this.bySide.MX.length;
    this.places.pairs = kept.map(({ i, j, rank, ...found }) => {
      const [us, mx, k] = [left[i], right[j], at(i, j)];
      const [u, x, p] = [Math.floor(k / mexican), k % mexican, port[k]];
      const first = this.firsts[k];
      const row = {
        rank, first, change: first - rank, set_rank: found.set_rank, port: ports[p],
        us_site: us.id, mx_site: mx.id, us_score: us.score, mx_score: mx.score, weaker_side: us.score <= mx.score ? "US" : "MX",
        score: found.score, score_low: known(found.low), score_high: known(found.high),
        link_minutes: minutes[k], us_minutes: legs.US[u * delays.length + p], delay_minutes: delays[p], mx_minutes: legs.MX[x * delays.length + p], link_value: worth[k],
      };
      const id = pairId(row);
      return { ...row, ...price(row, this.places.costs), id, p_top10: this.places.original ? (this.draws.get(id) ?? null) : null };
    });
    const after = new Map(this.places.pairs.map((row) => [row.id, row.rank]));
    // A pair goes by its rank, so whoever holds one learns the new; 0 when it is ranked no more.
    for (const choice of new Set([state.chosen, ...this.held()])) if (choice?.kind === "pair") choice.id = after.get(before.get(choice.id)) ?? 0;
    if (state.chosen?.kind === "pair" && !state.chosen.id) state.chosen = null;
  }
}

/** @param {any[]} rows */
function columns(rows) {
  const column = (/** @type {string} */ name) => Float64Array.from(rows, (row) => row[name] ?? NaN);
  return { score: column("score"), low: column("score_low"), high: column("score_high") };
}
