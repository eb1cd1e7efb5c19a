// Up to three pairs, or three sites, side by side: what tells them apart stands first.

import { dialog } from "./dialog.js";
import { el, fill } from "./dom.js";
import { gains, groupKey, shadeOf, stacked, track } from "./charts.js";
import { dollars } from "./money.js";
import { rawWords } from "./story.js";
import { both, num, points, quantity, span, t } from "./words.js";

const MOST = 3;

export class Compare {
  /** @param {any} study @param {import("./places.js").Places} places @param {() => void} changed */
  constructor(study, places, changed) {
    this.study = study;
    this.places = places;
    this.changed = changed;
    /** @type {Array<{kind: string, key: string}>} */
    this.chosen = [];
    /** @type {any} */
    this.strip = undefined;
  }

  /** @param {{kind: string, id: any}} choice a pair by its rank, a site by its id */
  _keyOf(choice) {
    if (choice.kind !== "pair") return choice.id;
    return keyOf(this.places.pair(choice.id));
  }

  /** What is chosen and still there: weights can drop a pair. */
  _rows() {
    const row = (/** @type {any} */ one) => (one.kind === "site" ? this.places.site.get(one.key) : this.places.pairs.find((pair) => keyOf(pair) === one.key));
    return this.chosen.map((one) => ({ ...one, row: row(one) })).filter((one) => one.row);
  }

  /** @param {{kind: string, id: any}} choice */
  button(choice) {
    const key = this._keyOf(choice);
    const on = this.chosen.some((one) => one.key === key);
    const full = !on && this.chosen.length >= MOST && this.chosen[0].kind === choice.kind;
    const turn = (/** @type {Event} */ event) => {
      const inCard = /** @type {Element} */ (event.currentTarget).closest("#card");
      if (on) this.chosen = this.chosen.filter((one) => one.key !== key);
      else if (!full) this.chosen = [...this.chosen.filter((one) => one.kind === choice.kind), { kind: choice.kind, key }];
      this.changed();
      /** @type {HTMLElement|null} */ (document.querySelector(inCard ? "#card .compare-button" : ".row.lit .compare-button"))?.focus();
    };
    return el("button", { class: "more-button compare-button", "aria-pressed": String(on), "aria-disabled": full && "true", on: { click: turn } }, t(full ? "compare.full" : on ? "compare.in" : "compare.add"));
  }

  /** What is chosen so far, under the list. */
  tray() {
    this.strip ??= el("section", { class: "tray", "aria-label": t("compare.title") });
    const rows = this._rows();
    const go = el("button", { class: "plain strong", id: "compare-open", disabled: rows.length < 2, on: { click: () => this.open() } }, t("compare.open"));
    const clear = el("button", { class: "plain", on: { click: () => this._drop(() => false) } }, t("compare.clear"));
    const chips = rows.map((one) => el("li", {}, el("span", {}, this.places.title(one.row)), this._remove(one, () => {})));
    this.strip.hidden = rows.length === 0;
    this.strip.setAttribute("aria-label", t("compare.title"));
    fill(this.strip, el("ul", {}, chips), rows.length < 2 && el("p", { class: "quiet" }, t("compare.one_more")), el("p", { class: "row-tools" }, go, clear));
    return this.strip;
  }

  /** @param {any} one @param {() => void} then */
  _remove(one, then) {
    const run = () => {
      this._drop((other) => other.key !== one.key);
      then();
    };
    return el("button", { class: "remove", "aria-label": t("compare.remove", { name: this.places.title(one.row) }), on: { click: run } }, "×");
  }

  /** @param {(one: {key: string}) => boolean} keep */
  _drop(keep) {
    this.chosen = this.chosen.filter(keep);
    this.changed();
    document.getElementById(this.chosen.length > 1 ? "compare-open" : "search")?.focus();
  }

  open() {
    const body = (/** @type {() => void} */ draw) => (this._rows().length < 2 ? null : [this._table(draw), groupKey(this.study), el("p", { class: "quiet" }, `${t("compare.order")} ${t("card.guessed")}`)]);
    dialog("compare", t("compare.title"), body, "compare-open");
  }

  /** @param {() => void} draw */
  _table(draw) {
    const rows = this._rows();
    const head = rows.map((one) => el("th", { scope: "col" }, el("span", {}, `${num(one.row.rank)}. ${this.places.title(one.row)}`), this._remove(one, draw)));
    const line = (/** @type {any} */ { title, cells, apart }) => el("tr", {}, el("th", { scope: "row" }, title), cells.map((/** @type {any} */ cell) => el("td", {}, cell)), el("td", { class: "apart" }, apart === null ? "–" : num(apart, 1)));
    const body = [...this._heads(rows), ...this._criteria(rows).sort((a, b) => (b.apart ?? -1) - (a.apart ?? -1))];
    return el("div", { class: "wide", tabindex: "0", role: "group", "aria-labelledby": "compare-title" }, el("table", { class: "comparison" }, el("thead", {}, el("tr", {}, el("td", {}), head, el("th", { scope: "col", class: "apart" }, t("compare.apart")))), el("tbody", {}, body.map(line))));
  }

  /** The lines that always stand first: scores, and the link of a pair. @param {any[]} rows */
  _heads(rows) {
    const apart = (/** @type {any[]} */ values) => spread(values.map((value) => (value ?? null) && 100 * value));
    const lines = [{ title: t("compare.score"), cells: rows.map(({ row }) => [el("b", {}, points(row.score)), ` ${span(row.score_low, row.score_high)}`]), apart: apart(rows.map(({ row }) => row.score)) }];
    this.places.ends(rows[0].row).forEach((first, n) => {
      const sites = rows.map(({ row }) => this.places.ends(row)[n]);
      lines.push({ title: t(rows[0].kind === "site" ? "compare.parts" : `side.${first.side}`), cells: sites.map((site) => [el("b", {}, points(site.score)), stacked(this.study, site)]), apart: apart(sites.map((site) => site.score)) });
    });
    if (rows[0].kind === "site") return lines;
    lines.push({ title: t("compare.weaker"), cells: rows.map(({ row }) => [t(`side.${row.weaker_side}`)]), apart: null });
    lines.push({ title: t("compare.link"), cells: rows.map(({ row }) => [quantity(row.link_minutes, "min"), el("br"), el("small", {}, this.places.portName(row))]), apart: null });
    if (this.places.costs) lines.push({ title: t("cost.title"), cells: rows.map(({ row }) => [dollars(row.cost_low, row.cost_high)]), apart: null });
    return lines;
  }

  /** @param {any[]} rows */
  _criteria(rows) {
    const sites = rows.map(({ row }) => this.places.ends(row));
    const gained = sites.map((ends) => ends.map((site) => new Map(gains(this.study, site).map((/** @type {any} */ one) => [one.criterion.id, one]))));
    const largest = Math.max(...gained.flat().flatMap((byId) => [...byId.values()].map((one) => one.weight)));
    return sites[0].flatMap((first, n) =>
      this.study.criteria.map((/** @type {any} */ criterion) => {
        const mine = gained.map((ends) => ends[n].get(criterion.id));
        if (!mine.some(Boolean)) return null;
        const cells = mine.map((one, k) => (one ? [bar(one, largest, shadeOf(this.study, criterion.group)), rawWords(criterion, sites[k][n].raw[criterion.id])] : t("not_applicable")));
        const side = rows[0].kind === "pair" && el("small", {}, ` ${t(`side_short.${first.side}`)}`);
        return { title: [both(criterion.title), side], cells, apart: spread(mine.map((one) => (one ? 100 * one.gained : null))) };
      }).filter(Boolean),
    );
  }
}

/** @param {any} pair */
const keyOf = (pair) => (pair ? `${pair.us_site}~${pair.mx_site}` : "");

/** @param {Array<number|null>} values */
function spread(values) {
  const known = /** @type {number[]} */ (values.filter((value) => value !== null));
  return known.length > 1 ? Math.max(...known) - Math.min(...known) : null;
}

/** @param {any} gain @param {number} largest @param {string} shade */
function bar(gain, largest, shade) {
  return el("span", { class: gain.value === null ? "meter none" : "meter" }, track(gain, largest, shade));
}
