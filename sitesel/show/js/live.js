// The weights as they stand, and everything on the page that follows from them.

import { pairUp, scoreOf, shares, SIDES } from "./decide.js";
import { price } from "./money.js";
import { emit, state } from "./state.js";
import { known } from "./words.js";

const REASONS = 3;

const bySide = (value) => Object.fromEntries(SIDES.map((side) => [side, value(side)]));

function columns(rows) {
  const column = (name) => Float64Array.from(rows, (row) => row[name] ?? NaN);
  return { score: column("score"), low: column("score_low"), high: column("score_high") };
}

export class Live {
  constructor(content, arrays, places, surface) {
    this.study = content.study;
    this.arrays = arrays;
    this.links = content.links;
    this.places = places;
    this.surface = surface;
    this.file = this.study.weights;
    this.weights = structuredClone(this.file);
    this.bySide = bySide((side) => places.sites.filter((site) => site.side === side));
    this.sides = SIDES.filter((side) => this.bySide[side].length > 0);
    const rows = [...places.sites, ...places.pairs];
    this.draws = new Map(rows.map((row) => [row.id, row.p_top10 ?? null]));
    for (const row of rows) Object.assign(row, { first: row.rank, change: 0 }, row.port && price(row, places.costs));
    for (const side of SIDES) this.bySide[side].forEach((site, at) => Object.assign(site, { at }));
    for (const site of places.sites) site.reasons = (kind) => this._reasons(site, kind);
    this.table = this._weigh(this._shares(this.weights));
  }

  /**
   * Put other weights in place of some or all. Throws a RangeError that says what is wrong.
   * @param {{groups?: Record<string, number>, criteria?: Record<string, number>}} given
   */
  set(given) {
    const wanted = structuredClone(this.weights);
    if (!given || typeof given !== "object") throw new RangeError("weights: give {groups: {…}, criteria: {…}}");
    for (const [kind, weights] of Object.entries(given)) {
      if (!Object.hasOwn(wanted, kind)) throw new RangeError(`${kind}: weights are of groups and of criteria`);
      for (const [name, weight] of Object.entries(weights ?? {})) {
        if (!Object.hasOwn(wanted[kind], name)) throw new RangeError(`${kind}.${name}: not in this study`);
        const sane = Number.isFinite(weight) && weight >= 0 && weight <= 1e9;
        if (!sane) throw new RangeError(`${kind}.${name}: a weight is a number from 0 to 1e9`);
        wanted[kind][name] = weight;
      }
    }
    const table = this._shares(wanted);
    const bare = this.sides.find((side) => !table[side]);
    if (bare) throw new RangeError(`no criterion has a weight above 0 on side ${bare}`);
    this.weights = wanted;
    this.places.original = JSON.stringify(wanted) === JSON.stringify(this.file);
    this.table = this._weigh(table);
    this._rankSites();
    if (this.links) this._rankPairs();
    this._recolour();
    emit("weights");
  }

  /** Go through the costly steps of a move and back, so that the first one finds them compiled. */
  rehearse() {
    if (this.links) this._paired();
    if (this.places.original) [false, true].forEach((back) => this._recolour(back));
  }

  _recolour(back = this.places.original) {
    if (back) this.surface?.restore();
    else this.surface?.reweigh(this.table, this.study.criteria.map((one) => one.unknown));
  }

  _shares(weights) {
    return bySide((side) => shares(this.study.criteria, weights, side));
  }

  /** Write the shares on criteria and groups, and return them; where nothing weighs they are 0. */
  _weigh(table) {
    const { criteria, groups } = this.study;
    const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
    criteria.forEach((one, c) => {
      one.shares = bySide((side) => table[side]?.[c] ?? 0);
      one.weight = sum(this.sides.map((side) => one.shares[side])) / (this.sides.length || 1);
    });
    for (const group of groups) {
      group.weight = sum(criteria.filter((one) => one.group === group.id).map((one) => one.weight));
    }
    return bySide((side) => criteria.map((one) => one.shares[side]));
  }

  _rankSites() {
    const { criteria } = this.study;
    const unknown = criteria.map((one) => one.unknown);
    for (const site of this.places.sites) {
      const values = criteria.map((one) => site.value[one.id] ?? null);
      const { score, low, high } = scoreOf(values, this.table[site.side], unknown);
      const p_top10 = this._drawn(site.id);
      Object.assign(site, { score: known(score), score_low: known(low), score_high: known(high), p_top10 });
    }
    for (const side of this.sides) {
      this._ordered(side).forEach((site, k) => Object.assign(site, { rank: k + 1, change: site.first - k - 1 }));
    }
  }

  /** How often a row was among the best of drawn weights: it is said of the weights of the file alone. */
  _drawn(id) {
    return this.places.original ? (this.draws.get(id) ?? null) : null;
  }

  /** A side's sites, best first, equal ones by their ids; those without a score at the end. */
  _ordered(side) {
    const better = (a, b) => (b.score ?? -1) - (a.score ?? -1) || (a.id < b.id ? -1 : 1);
    return [...this.bySide[side]].sort(better);
  }

  /** What speaks for a site ("strong"), against it ("weak"), or is "unknown" of it, the heaviest first, in words. */
  _reasons(site, kind) {
    const pulls = this.study.criteria.map((one, c) => {
      const [value, weight] = [site.value[one.id] ?? null, this.table[site.side][c]];
      if (value === null) return { kind: "unknown", pull: weight, words: one.short[state.language] };
      const [pull, words] = [weight * (value - 0.5), site.phrases[state.language][one.id]];
      return { kind: pull > 0 ? "strong" : "weak", pull: Math.abs(pull), words };
    });
    const said = pulls.filter((one) => one.kind === kind && one.pull > 0).sort((a, b) => b.pull - a.pull);
    return said.slice(0, kind === "unknown" ? said.length : REASONS).map(({ words }) => words);
  }

  /** Every US site with every Mexican one, in the order of their ranks. */
  _paired() {
    const [left, right] = SIDES.map((side) => this._ordered(side));
    const [{ weaker_side, keep }, m] = [this.links, right.length];
    const worth = new Float64Array(left.length * m);
    for (let k = 0; k < worth.length; k++) {
      worth[k] = this.arrays.link_value[left[Math.floor(k / m)].at * m + right[k % m].at];
    }
    return { left, right, kept: pairUp(columns(left), columns(right), worth, weaker_side, keep) };
  }

  _rankPairs() {
    const { ports, delays } = this.links;
    const { site_minutes, link_port, link_value, link_rank } = this.arrays;
    const { left, right, kept } = this._paired();
    this.places.pairs = kept.map(({ i, j, rank, set_rank, score, low, high }) => {
      const [us, mx, k] = [left[i], right[j], left[i].at * right.length + right[j].at];
      const [p, first, id] = [link_port[k], link_rank[k], `${us.id}/${mx.id}`];
      const [us_minutes, mx_minutes] = [us, mx].map((site) => site_minutes[site.n * ports.length + p]);
      const row = {
        id, rank, first, change: first - rank, set_rank, score, score_low: known(low), score_high: known(high),
        us_site: us.id, mx_site: mx.id, us_score: us.score, mx_score: mx.score,
        weaker_side: us.score <= mx.score ? "US" : "MX", p_top10: this._drawn(id),
        port: ports[p], us_minutes, delay_minutes: delays[p], mx_minutes,
        link_minutes: us_minutes + delays[p] + mx_minutes, link_value: link_value[k],
      };
      return Object.assign(row, price(row, this.places.costs));
    });
    if (state.chosen?.kind === "pair" && !this.places.pair(state.chosen.id)) state.chosen = null;
  }
}
