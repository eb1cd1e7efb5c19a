// The weights as they stand, and everything on the page that follows from them.

import { pairUp, ranked, scoreOf, shares, SIDES } from "./decide.js";
import { price } from "./money.js";
import { emit, state } from "./state.js";
import { known } from "./words.js";

const REASONS = 3;

const pairId = (row) => `${row.us_site}/${row.mx_site}`;

/** @returns {import("./decide.js").Weights} */
const copy = ({ groups, criteria }) => ({ groups: { ...groups }, criteria: { ...criteria } });

function columns(rows) {
  const column = (name) => Float64Array.from(rows, (row) => row[name] ?? NaN);
  return { score: column("score"), low: column("score_low"), high: column("score_high") };
}

export class Live {
  constructor(content, arrays, places, surface) {
    this.study = content.study;
    this.places = places;
    this.surface = surface;
    this.unknown = this.study.criteria.map((one) => one.unknown);
    this.file = copy(this.study.weights);
    this.weights = copy(this.file);
    this.bySide = Object.fromEntries(SIDES.map((side) => [side, places.sites.filter((site) => site.side === side)]));
    this.sides = SIDES.filter((side) => this.bySide[side].length > 0);
    /** What others hold as their choice. @type {() => any[]} */
    this.held = () => [];
    const { site_minutes: minutes, link_port: port, link_value: value } = arrays;
    /** @type {any} how the sites are linked, or nothing */
    this.links = content.links && { ...content.links, minutes, port, value };
    this.firsts = new Int32Array(0);
    for (const side of SIDES) this.bySide[side].forEach((site, at) => Object.assign(site, { at }));
    for (const row of [...places.sites, ...places.pairs]) Object.assign(row, { first: row.rank, change: 0 });
    for (const row of places.pairs) Object.assign(row, { id: pairId(row), ...price(row, places.costs) });
    this.draws = new Map([...places.sites, ...places.pairs].map((row) => [row.id, row.p_top10 ?? null]));
    this._weigh(this._shares(this.weights));
  }

  /** Are these the weights that the file came with? */
  get original() {
    return ["groups", "criteria"].every((kind) =>
      Object.entries(this.file[kind]).every(([name, weight]) => this.weights[kind][name] === weight),
    );
  }

  /**
   * Put other weights in place of some or all. Throws a RangeError that says what is wrong.
   * @param {{groups?: Record<string, number>, criteria?: Record<string, number>}} given
   */
  set(given) {
    const wanted = copy(this.weights);
    for (const [kind, weights] of Object.entries(given)) {
      if (!Object.hasOwn(wanted, kind)) throw new RangeError(`${kind}: weights are of groups and of criteria`);
      for (const [name, weight] of Object.entries(weights)) {
        if (!Object.hasOwn(wanted[kind], name)) throw new RangeError(`${kind}.${name}: not in this study`);
        const bad = !Number.isFinite(weight) || weight < 0;
        if (bad) throw new RangeError(`${kind}.${name}: a weight is a number of 0 or more`);
        wanted[kind][name] = weight;
      }
    }
    const table = this._shares(wanted);
    const bare = this.sides.find((side) => !table[side]);
    if (bare) throw new RangeError(`no criterion has a weight above 0 on side ${bare}`);
    this._remember();
    this.weights = wanted;
    this.places.original = this.original;
    this._weigh(table);
    this._rankSites();
    if (this.links) this._rankPairs();
    this._recolour();
    emit("weights");
  }

  /** Costly steps of a first move: taken before, they are compiled when it comes. */
  rehearsal() {
    return [() => this._remember(), () => this.original && [false, true].forEach((back) => this._recolour(back))];
  }

  _recolour(back = this.original) {
    if (back) this.surface?.restore();
    else this.surface?.reweigh(this.table, this.unknown);
  }

  _shares(weights) {
    return Object.fromEntries(SIDES.map((side) => [side, shares(this.study.criteria, weights, side)]));
  }

  /** Write the shares on criteria and groups; those of a side where nothing weighs are 0. */
  _weigh(table) {
    const { criteria, groups } = this.study;
    this.table = Object.fromEntries(SIDES.map((side) => [side, table[side] ?? criteria.map(() => 0)]));
    const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
    criteria.forEach((one, c) => {
      one.shares = Object.fromEntries(SIDES.map((side) => [side, this.table[side][c]]));
      one.weight = sum(this.sides.map((side) => one.shares[side])) / (this.sides.length || 1);
    });
    for (const group of groups) {
      group.weight = sum(criteria.filter((one) => one.group === group.id).map((one) => one.weight));
    }
  }

  _rankSites() {
    for (const site of this.places.sites) {
      const values = this.study.criteria.map((one) => site.value[one.id] ?? null);
      const { score, low, high } = scoreOf(values, this.table[site.side], this.unknown);
      Object.assign(site, { score: known(score), score_low: known(low), score_high: known(high) });
      Object.assign(site, { p_top10: this._draws(site.id), ...this._reasons(site, values) });
    }
    for (const side of this.sides) {
      this._ordered(side).forEach((site, k) => Object.assign(site, { rank: k + 1, change: site.first - k - 1 }));
    }
  }

  /** How often a row was among the best when weights were drawn: said of the weights of the file alone. */
  _draws(id) {
    return this.places.original ? (this.draws.get(id) ?? null) : null;
  }

  /** A side's sites, best first; those without a score at the end. */
  _ordered(side) {
    const rows = this.bySide[side];
    return Array.from(ranked(Float64Array.from(rows, (site) => site.score ?? -1)), (n) => rows[n]);
  }

  /** What weighs most for and against a site, in words of each language. */
  _reasons(site, values) {
    const weights = this.table[site.side];
    const pulls = values.map((value, c) => ({ c, weight: weights[c], pull: weights[c] * ((value ?? NaN) - 0.5) }));
    const heard = pulls.filter((one) => one.weight > 0);
    const strong = heard.filter((one) => one.pull > 0).sort((a, b) => b.pull - a.pull).slice(0, REASONS);
    const weak = heard.filter((one) => one.pull < 0).sort((a, b) => a.pull - b.pull).slice(0, REASONS);
    const unknown = heard.filter((one) => Number.isNaN(one.pull)).sort((a, b) => b.weight - a.weight);
    const { criteria } = this.study;
    const said = (list, words) =>
      Object.fromEntries(Object.keys(site.phrases).map((name) => [name, list.map(({ c }) => words(criteria[c], name))]));
    const phrase = (one, language) => site.phrases[language][one.id];
    return { strong: said(strong, phrase), weak: said(weak, phrase), unknown: said(unknown, (one, name) => one.short[name]) };
  }

  /** Every US site with every Mexican one, in the order of their ranks; `where` each pair stands in the file. */
  _paired() {
    const { value, weaker_side, keep } = this.links;
    const [left, right] = SIDES.map((side) => this._ordered(side));
    const where = Int32Array.from(left.flatMap((us) => right.map((mx) => us.at * right.length + mx.at)));
    const worth = Float64Array.from(where, (k) => value[k]);
    return { left, right, where, ...pairUp(columns(left), columns(right), worth, weaker_side, keep) };
  }

  /** Keep every pair's rank under the weights of the file, before these first change. */
  _remember() {
    if (!this.links || this.firsts.length) return;
    const { where, order } = this._paired();
    this.firsts = new Int32Array(where.length);
    order.forEach((at, n) => (this.firsts[where[at]] = n + 1));
  }

  _rankPairs() {
    const { ports, delays, minutes, port, value } = this.links;
    const ids = new Map(this.places.pairs.map((row) => [row.rank, row.id]));
    const { left, right, where, kept } = this._paired();
    this.places.pairs = kept.map(({ at, i, j, rank, set_rank, score, low, high }) => {
      const [us, mx, k] = [left[i], right[j], where[at]];
      const [p, first] = [port[k], this.firsts[k]];
      const [us_minutes, mx_minutes] = [us, mx].map((site) => minutes[site.n * ports.length + p]);
      const row = {
        rank, first, change: first - rank, set_rank, score, score_low: known(low), score_high: known(high),
        us_site: us.id, mx_site: mx.id, us_score: us.score, mx_score: mx.score,
        weaker_side: us.score <= mx.score ? "US" : "MX", port: ports[p], us_minutes, delay_minutes: delays[p], mx_minutes,
        link_minutes: us_minutes + delays[p] + mx_minutes, link_value: value[k],
      };
      return { ...row, ...price(row, this.places.costs), id: pairId(row), p_top10: this._draws(pairId(row)) };
    });
    const ranks = new Map(this.places.pairs.map((row) => [row.id, row.rank]));
    // A pair goes by its rank, so whoever holds one learns the new; 0 when it is ranked no more.
    for (const choice of new Set([state.chosen, ...this.held()])) {
      if (choice?.kind === "pair") choice.id = ranks.get(ids.get(choice.id)) ?? 0;
    }
    if (state.chosen?.kind === "pair" && !state.chosen.id) state.chosen = null;
  }
}
