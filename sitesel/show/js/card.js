// The card: all figures of a pair, a site, a port, a cell or a feature, each with its source.

import { el, fill, link } from "./dom.js";
import { both, classWord, num, points, quantity, span, t } from "./words.js";
import { place, reasons } from "./ranking.js";
import { state } from "./state.js";

const UNKNOWN = 255;
const NOT_APPLICABLE = 254;
const TOP = 250;

export class Card {
  /** @param {HTMLElement} room @param {any} content @param {import("./places.js").Places} places @param {any} surface */
  constructor(room, content, places, surface) {
    this.room = room;
    this.study = content.study;
    this.layers = new Map(content.layers.map((/** @type {any} */ layer) => [layer.id, layer]));
    this.places = places;
    this.surface = surface;
    this.choice = null;
  }

  /** @param {any} choice */
  open(choice) {
    this.back = document.activeElement;
    this.choice = choice;
    this.paint();
    this.room.hidden = false;
    /** @type {HTMLElement|null} */ (this.room.querySelector("h2"))?.focus({ preventScroll: true });
    this.room.scrollTop = 0;
  }

  close() {
    this.choice = null;
    this.room.hidden = true;
    if (this.back instanceof HTMLElement && this.back.isConnected) this.back.focus({ preventScroll: true });
  }

  paint() {
    if (!this.choice) return;
    const makers = { pair: this._pair, site: this._siteCard, port: this._port, cell: this._cell, feature: this._feature };
    const [title, ...body] = makers[this.choice.kind].call(this, this.choice);
    const shut = el("button", { class: "close", "aria-label": t("close"), on: { click: () => this.close() } }, "×");
    fill(this.room, el("header", {}, el("h2", { tabindex: "-1" }, title), shut), el("div", { class: "card-body" }, body));
  }

  /** @param {any} choice */
  _pair(choice) {
    const pair = this.places.pairs.find((one) => one.rank === choice.id);
    const [us, mx] = [this.places.site.get(pair.us_site), this.places.site.get(pair.mx_site)];
    const port = this.places.port.get(pair.port);
    const legs = t("pairs.legs", { us: num(pair.us_minutes), delay: num(pair.delay_minutes), mx: num(pair.mx_minutes) });
    return [
      `${place(us)} ⇄ ${place(mx)}`,
      headline(pair, t("pairs.rank", { rank: num(pair.rank) })),
      el("p", { class: "strong-line" }, t("pairs.weaker", { side: t(`side.${pair.weaker_side}`) })),
      el("p", {}, t("pairs.through", { port: port?.name ?? pair.port, minutes: num(pair.link_minutes) }), el("br"), el("span", { class: "quiet" }, legs)),
      zonesOf([us, mx]),
      this._table([us, mx]),
      port && el("h3", {}, port.name),
      port && this._portFacts(port),
    ];
  }

  /** @param {any} choice */
  _siteCard(choice) {
    const site = this.places.site.get(choice.id);
    const facts = [
      [t("facts.side"), t(`side.${site.side}`)],
      [t("facts.area"), `${num(site.hectares)} ha`],
      site.status && [t("facts.status"), classWord(site.status)],
      site.verdict && [t("facts.verdict"), classWord(site.verdict)],
      [t("facts.where"), `${num(site.lat, 4)}, ${num(site.lon, 4)}`],
    ];
    return [place(site), headline(site, t("sites.rank", { rank: num(site.rank) })), pairsOf(facts), reasons(site, null), zonesOf([site]), this._table([site])];
  }

  /** Criteria by group, one column a side. @param {any[]} sites */
  _table(sites) {
    const blocks = this.study.groups.map((/** @type {any} */ group) => {
      const criteria = this.study.criteria.filter((/** @type {any} */ one) => one.group === group.id);
      return criteria.length && [el("h3", {}, both(group.title), el("small", {}, ` ${num(group.weight * 100)} %`)), criteria.map((/** @type {any} */ one) => this._criterion(one, sites))];
    });
    return el("section", { class: "criteria" }, el("p", { class: "quiet" }, t("card.open_row")), blocks);
  }

  /** @param {any} criterion @param {any[]} sites */
  _criterion(criterion, sites) {
    const cells = sites.map((site) => {
      const applies = !criterion.applies_to || criterion.applies_to === site.side;
      const value = site.value[criterion.id];
      const raw = site.raw[criterion.id] ?? null;
      const known = criterion.words[raw] ? both(criterion.words[raw]) : quantity(raw, criterion.unit);
      const words = applies ? known : t("not_applicable");
      return meter(applies ? value : undefined, words, site.side);
    });
    return this._details(criterion, cells);
  }

  /** @param {any} criterion @param {any[]} cells */
  _details(criterion, cells) {
    const share = t("card.weight", { share: num(criterion.weight * 100, 1) });
    const only = criterion.applies_to ? ` · ${t(`only.${criterion.applies_to}`)}` : "";
    return el(
      "details",
      { class: "criterion" },
      el("summary", {}, el("span", { class: "criterion-name" }, both(criterion.title)), el("span", { class: `meters n${cells.length}` }, cells)),
      el("p", {}, both(criterion.measure), el("br"), el("span", { class: "quiet" }, share + only)),
      criterion.layers.map((/** @type {string} */ id) => this.layers.has(id) && sourceLine(this.layers.get(id))),
    );
  }

  /** @param {any} choice */
  _port(choice) {
    const port = this.places.port.get(choice.id);
    return [[port.name, port.name_mx].filter(Boolean).join(" / "), this._portFacts(port)];
  }

  /** @param {any} port */
  _portFacts(port) {
    const layer = this.layers.get("ports_of_entry");
    const fields = layer?.drawn?.fields ?? [];
    const shown = ["status", "cargo", "cargo_to", "trucks", "trucks_2023", "trucks_2024", "trucks_2025", "hours", "delay_min", "fast", "rail", "modernisation", "modernisation_date", "confidence"];
    const facts = shown
      .filter((name) => port[name] !== null && port[name] !== undefined && port[name] !== "")
      .map((name) => [name, fields.find((/** @type {any} */ field) => field.id === name)])
      .filter(([, field]) => field)
      .map(([name, field]) => [both(field.title), quantity(port[name], field.unit)]);
    const open = el("p", { class: "strong-line" }, t(port.open ? "ports.open" : "ports.shut"));
    return el("div", {}, open, pairsOf(facts), layer && sourceLine(layer));
  }

  /** @param {any} choice a cell of the surface */
  _cell(choice) {
    const { surface } = this;
    const cell = choice.id;
    const number = (/** @type {number} */ byte) => (byte === UNKNOWN ? null : byte / TOP);
    const row = { score: number(surface.score[cell]), score_low: number(surface.low[cell]), score_high: number(surface.high[cell]) };
    const side = surface.side[cell] ? "MX" : "US";
    const bars = this.study.criteria.map((/** @type {any} */ criterion, /** @type {number} */ n) => {
      const byte = surface.values[n * surface.count + cell];
      if (byte === NOT_APPLICABLE) return null;
      return this._details(criterion, [meter(number(byte), byte === UNKNOWN ? t("unknown_value") : points(byte / TOP), side)]);
    });
    const verdict = surface.grid.verdicts[surface.verdict[cell]];
    return [
      t("cells.title", { hectares: num(surface.grid.size ** 2 / 1e4) }),
      headline(row, `${t(`side.${side}`)} · ${classWord(verdict)}`),
      el("p", { class: "quiet" }, t("cells.values")),
      el("section", { class: "criteria" }, bars),
    ];
  }

  /** @param {any} choice */
  _feature(choice) {
    const { layer, n } = choice;
    const drawn = layer.drawn;
    const facts = drawn.fields
      .map((/** @type {any} */ field) => [both(field.title), drawn.rows[field.id][n], field.unit])
      .filter((/** @type {any[]} */ [, value]) => value !== null && value !== "")
      .map((/** @type {any[]} */ [title, value, unit]) => [title, quantity(value, unit)]);
    const force = drawn.in_force ? { 1: "force.yes", 0: "force.no" }[drawn.in_force[n]] ?? "force.unknown" : null;
    return [
      String(drawn.names?.[n] ?? both(layer.title)),
      el("p", { class: "quiet" }, both(layer.title), layer.approximate && ` · ${t("layers.approximate")}`),
      force && el("p", { class: "strong-line" }, t(force)),
      pairsOf(facts),
      sourceLine(layer),
    ];
  }
}

/** The zones and regimes that hold each site, with their state on the study's date. @param {any[]} sites */
function zonesOf(sites) {
  const said = sites.flatMap((site) => (site.zones?.[state.language] ?? []).map((/** @type {string} */ zone) => el("li", {}, zone)));
  return said.length > 0 && [el("h3", {}, t("themes.zones")), el("ul", { class: "zones" }, said)];
}

/** @param {any} row @param {string} words */
function headline(row, words) {
  return el("p", { class: "headline" }, el("b", {}, points(row.score)), el("span", {}, t("card.of_100"), el("br"), t("card.interval", { span: span(row.score_low, row.score_high) }), el("br"), words));
}

/** @param {any[]} facts */
function pairsOf(facts) {
  return el("dl", { class: "facts" }, facts.filter(Boolean).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** @param {number|null|undefined} value @param {string} words @param {string} side */
function meter(value, words, side) {
  const known = value !== null && value !== undefined;
  return el("span", { class: known ? "meter" : "meter none" }, el("span", { class: "track" }, known && el("span", { class: `fill ${side.toLowerCase()}`, style: { width: `${100 * value}%` } })), el("span", { class: "raw" }, words));
}

/** One line of provenance. @param {any} layer */
export function sourceLine(layer) {
  const flags = [t("sources.grade", { grade: layer.grade }), layer.vintage, layer.approximate && t("layers.approximate")];
  return el("p", { class: "source" }, el("b", {}, both(layer.title)), " – ", link(layer.source_url, layer.source), `, ${layer.publisher}. `, el("span", { class: "quiet" }, flags.filter(Boolean).join(" · ")));
}
