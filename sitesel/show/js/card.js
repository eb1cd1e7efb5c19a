// The card: all figures of a pair, a site, a port, a cell or a feature, each with its source.

import { el, fill, link } from "./dom.js";
import { both, classWord, day, num, points, quantity, span, t } from "./words.js";
import { gainBar, gains, legs, nearestOpen, shadeOf, stacked, truckChart } from "./charts.js";
import { middle } from "./find.js";
import { moved, place, reasons } from "./ranking.js";
import { inside, mercatorX, mercatorY } from "./payload.js";
import { rawWords, risks, why } from "./story.js";
import { emit, state } from "./state.js";

const UNKNOWN = 255;
const NOT_APPLICABLE = 254;
const TOP = 250;
const AS_IN_SOURCE = /_note$|^hours$/; // English wording of the table

export class Card {
  /** @param {HTMLElement} room @param {any} content @param {import("./places.js").Places} places @param {any} surface */
  constructor(room, content, places, surface) {
    this.room = room;
    this.study = content.study;
    this.layers = new Map(content.layers.map((/** @type {any} */ layer) => [layer.id, layer]));
    this.places = places;
    this.surface = surface;
    this.choice = null;
    /** @type {import("./compare.js").Compare|null} */
    this.compare = null;
  }

  /** @param {any} choice */
  open(choice) {
    this.back = document.activeElement;
    this.choice = choice;
    this.paint();
    this.room.hidden = false;
    /** @type {HTMLElement|null} */ (this.room.querySelector("h2"))?.focus({ preventScroll: true });
    this.room.scrollTop = 0;
    this._point(choice.kind === "cell" ? middle(this.surface, choice.id) : choice.kind === "nowhere" ? choice : null);
  }

  /** Mark the place that was asked about on the map. @param {{lon: number, lat: number}|null} spot */
  _point(spot) {
    if (!spot && !this.places.asked) return;
    this.places.asked = spot;
    emit("layers");
  }

  close() {
    this.choice = null;
    this._point(null);
    this.room.hidden = true;
    fill(this.room);
    if (this.back instanceof HTMLElement && this.back.isConnected) this.back.focus({ preventScroll: true });
  }

  paint() {
    if (!this.choice) return;
    /** @type {Record<string, (choice: any) => any[]|null>} */
    const makers = { pair: this._pair, site: this._siteCard, port: this._port, cell: this._cell, nowhere: this._nowhere, feature: this._feature };
    const open = new Set([...this.room.querySelectorAll("details[open]")].map((one) => /** @type {HTMLElement} */ (one).dataset.key));
    const made = makers[this.choice.kind].call(this, this.choice);
    if (!made) return this.close();
    const [title, ...body] = made;
    const shut = el("button", { class: "close", "aria-label": t("close"), on: { click: () => this.close() } }, "×");
    this.room.setAttribute("aria-label", title);
    fill(this.room, el("header", {}, el("h2", { tabindex: "-1" }, title), shut), el("div", { class: "card-body" }, body));
    for (const one of this.room.querySelectorAll("details")) one.open = open.has(one.dataset.key);
  }

  /** @param {any} choice */
  _pair(choice) {
    const { study, places } = this;
    const pair = places.pairs.find((one) => one.rank === choice.id);
    if (!pair) return null;
    const sites = [places.site.get(pair.us_site), places.site.get(pair.mx_site)];
    const port = places.port.get(pair.port);
    const names = sites.map(place);
    return [
      names.join(" ⇄ "),
      headline(pair, t("pairs.rank", { rank: num(pair.rank) })),
      el("p", { class: "strong-line" }, t("pairs.weaker", { side: t(`side.${pair.weaker_side}`) })),
      el("section", { class: "story" }, el("h3", {}, t("why.title")), el("p", {}, why(pair, sites, names, port)), el("h3", {}, t("risk.title")), el("p", {}, risks(study, pair, sites, names, port, places))),
      this.compare && el("p", { class: "row-tools" }, this.compare.button(choice)),
      this._sides(sites),
      el("h3", {}, t("pairs.through", { port: port?.name ?? pair.port, minutes: num(pair.link_minutes) })),
      legs(pair),
      port && this._portFacts(port),
      this._zones(sites),
      this._table(sites),
    ];
  }

  /** Both sides side by side. @param {any[]} sites */
  _sides(sites) {
    const side = (/** @type {any} */ site) => {
      const facts = [`${num(site.hectares)} ha`, site.state, (site.verdict ?? site.status) && classWord(site.verdict ?? site.status)];
      return el("div", { class: `side-${site.side.toLowerCase()}` }, el("h3", {}, el("small", {}, t(`side.${site.side}`)), el("br"), place(site)), el("p", {}, el("b", {}, points(site.score)), " ", el("small", {}, span(site.score_low, site.score_high))), stacked(this.study, site), el("p", { class: "quiet" }, facts.filter(Boolean).join(" · ")), reasons(site, null));
    };
    return el("div", { class: "two sides" }, sites.map(side));
  }

  /** @param {any} choice */
  _siteCard(choice) {
    const site = this.places.site.get(choice.id);
    const next = nearestOpen(this.places.ports, site);
    const facts = [
      [t("facts.side"), t(`side.${site.side}`)],
      site.state && [t("find.state"), site.state],
      [t("facts.area"), `${num(site.hectares)} ha`],
      site.status && [t("facts.status"), classWord(site.status)],
      site.verdict && [t("facts.verdict"), classWord(site.verdict)],
      next && [t("ports.nearest"), t("ports.away", { port: next.port.name, km: num(next.km, 1) })],
      [t("facts.where"), `${num(site.lat, 4)}, ${num(site.lon, 4)}`],
    ];
    return [place(site), headline(site, t("sites.rank", { rank: num(site.rank) })), stacked(this.study, site), this.compare && el("p", { class: "row-tools" }, this.compare.button(choice)), pairsOf(facts), reasons(site, null), this._zones([site]), this._table([site])];
  }

  /** Criteria by group, one column a side. @param {any[]} sites */
  _table(sites) {
    const list = sites.map((site) => new Map(gains(this.study, site).map((/** @type {any} */ one) => [one.criterion.id, one])));
    const largest = Math.max(...list.flatMap((byId) => [...byId.values()].map((one) => one.weight)));
    const bars = (/** @type {any} */ criterion) => list.map((byId, n) => {
      const words = byId.has(criterion.id) ? rawWords(criterion, sites[n].raw[criterion.id]) : t("not_applicable");
      return gainBar(byId.get(criterion.id), largest, words, shadeOf(this.study, criterion.group));
    });
    const heads = sites.length > 1 && el("p", { class: "criterion-heads", "aria-hidden": "true" }, el("span"), el("span", { class: `meters n${sites.length}` }, sites.map((site) => el("b", {}, t(`side.${site.side}`)))));
    return el("section", { class: "criteria" }, el("h3", {}, t("card.parts")), el("p", { class: "quiet" }, `${t("card.bars")} ${t("card.open_row")}`), heads, this._groups(bars));
  }

  /** @param {(criterion: any) => any[]} bars */
  _groups(bars) {
    return this.study.groups.map((/** @type {any} */ group) => {
      const rows = this.study.criteria.filter((/** @type {any} */ one) => one.group === group.id).map((/** @type {any} */ one) => [one, bars(one)]).filter((/** @type {any[]} */ [, cells]) => cells.length);
      return rows.length > 0 && [el("h3", {}, el("span", { class: "chip", style: { background: shadeOf(this.study, group.id) } }), both(group.title), el("small", {}, ` ${num(group.weight * 100)} %`)), rows.map((/** @type {any[]} */ [one, cells]) => this._details(one, cells))];
    });
  }

  /** @param {any} criterion @param {any[]} cells */
  _details(criterion, cells) {
    const share = t("card.weight", { share: num(criterion.weight * 100, 1) });
    const only = criterion.applies_to ? ` · ${t(`only.${criterion.applies_to}`)}` : "";
    return el(
      "details",
      { class: "criterion", "data-key": criterion.id },
      el("summary", {}, el("span", { class: "criterion-name" }, both(criterion.title)), el("span", { class: `meters n${cells.length}` }, cells)),
      el("p", {}, both(criterion.measure), el("br"), el("span", { class: "quiet" }, share + only)),
      criterion.layers.map((/** @type {string} */ id) => this.layers.has(id) && sourceLine(this.layers.get(id))),
    );
  }

  /** The zones and regimes that hold each site, and the incentives that come with the place. @param {any[]} sites */
  _zones(sites) {
    const said = [...new Set(sites.flatMap((site) => site.zones?.[state.language] ?? []))].map((zone) => el("li", {}, zone));
    const blocks = sites.map((site) => {
      const rows = (site.incentives ?? []).map((/** @type {number} */ n) => this.places.incentives[n]).filter(Boolean);
      return rows.length > 0 && el("details", { class: "incentives", "data-key": `incentives-${site.side}` }, el("summary", {}, t("incentives.title", { count: num(rows.length), side: t(`side.${site.side}`) })), rows.map(incentive));
    });
    const layer = this.layers.get("incentives");
    if (!said.length && !blocks.some(Boolean)) return null;
    return el("section", {}, el("h3", {}, t("themes.zones")), el("ul", { class: "zones" }, said), blocks, blocks.some(Boolean) && layer && [el("p", { class: "quiet" }, t("incentives.local")), sourceLine(layer)]);
  }

  /** @param {any} choice */
  _port(choice) {
    /** @type {any} */
    const port = this.places.port.get(choice.id);
    return [[port.name, port.name_mx].filter(Boolean).join(" / "), this._portFacts(port)];
  }

  /** @param {any} port */
  _portFacts(port) {
    const layer = this.layers.get("ports_of_entry");
    const fields = layer?.drawn?.fields ?? [];
    const shown = ["status", "cargo", "cargo_to", "trucks", "trucks_year", "hours", "delay_min", "delay_note", "fast", "fast_note", "rail", "modernisation", "modernisation_date", "modernisation_note", "confidence"];
    const facts = shown
      .filter((name) => port[name] !== null && port[name] !== undefined && port[name] !== "")
      .map((name) => [name, fields.find((/** @type {any} */ field) => field.id === name)])
      .filter(([, field]) => field)
      .map(([name, field]) => [both(field.title), AS_IN_SOURCE.test(name) ? el("span", { lang: "en" }, port[name]) : quantity(port[name], field.unit)]);
    const open = el("p", { class: port.open ? "quiet" : "strong-line" }, t(port.open ? "ports.open" : "ports.shut"));
    const next = nearestOpen(this.places.ports, port, port);
    const volumes = port.volumes && this.layers.get("port_volumes");
    return el("div", {}, open, truckChart(port), pairsOf([...facts, next && [t("ports.next"), t("ports.away", { port: next.port.name, km: num(next.km, 1) })]]), layer && sourceLine(layer), volumes && sourceLine(volumes));
  }

  /** @param {any} choice a cell of the surface */
  _cell(choice) {
    const { surface, study, places } = this;
    const cell = choice.id;
    const number = (/** @type {number} */ byte) => (byte === UNKNOWN ? null : byte / TOP);
    const row = { score: number(surface.score[cell]), score_low: number(surface.low[cell]), score_high: number(surface.high[cell]) };
    const side = surface.side[cell] ? "MX" : "US";
    const bytes = study.criteria.map((/** @type {any} */ criterion, /** @type {number} */ n) => [criterion.id, surface.values[n * surface.count + cell]]);
    const value = Object.fromEntries(bytes.filter((/** @type {any[]} */ [, byte]) => byte !== NOT_APPLICABLE).map((/** @type {any[]} */ [id, byte]) => [id, number(byte)]));
    const byId = new Map(gains(study, { side, value }).map((/** @type {any} */ one) => [one.criterion.id, one]));
    const largest = Math.max(...[...byId.values()].map((one) => one.weight));
    const bars = (/** @type {any} */ one) => (one.id in value ? [gainBar(byId.get(one.id), largest, value[one.id] === null ? t("unknown_value") : points(value[one.id]), shadeOf(study, one.group))] : []);
    const verdict = surface.grid.verdicts[surface.verdict[cell]];
    const spot = middle(surface, cell);
    const next = nearestOpen(places.ports, spot);
    return [
      t("cells.title", { hectares: num(surface.grid.size ** 2 / 1e4) }),
      headline(row, `${t(`side.${side}`)} · ${num(spot.lat, 4)}, ${num(spot.lon, 4)}`),
      el("p", { class: "strong-line" }, this._standing(side, verdict, row.score, spot)),
      pairsOf([[t("facts.verdict"), classWord(verdict)], next && [t("ports.nearest"), t("ports.away", { port: next.port.name, km: num(next.km, 1) })]]),
      el("section", { class: "criteria" }, el("h3", {}, t("card.parts")), el("p", { class: "quiet" }, `${t("card.bars")} ${t("cells.values")}`), this._groups(bars)),
    ];
  }

  /** Why a cell is a site, or is none. */
  /** @param {string} side @param {string} verdict @param {number|null} score @param {any} spot */
  _standing(side, verdict, score, spot) {
    const own = this.places.sites.filter((site) => site.side === side).sort((a, b) => a.rank - b.rank);
    const of = (/** @type {any} */ site) => ({ rank: num(site.rank), place: place(site), score: points(site.score) });
    const here = own.find((site) => inside(site.shape, mercatorX(spot.lon), mercatorY(spot.lat)));
    if (here) return t("standing.site", of(here));
    if (verdict === "FAIL") return t("standing.out");
    if (score === null) return t("standing.blank");
    if (verdict !== "PASS" && !own.some((site) => site.status === verdict)) return t("standing.verdict", { verdict: classWord(verdict) });
    const last = own[own.length - 1];
    if (!last) return t("standing.none");
    if (last.score !== null && score < last.score) return t("standing.lower", { score: points(score), count: num(own.length), last: points(last.score) });
    const near = own.map((site) => ({ site, km: kmToShape(spot, site.shape) })).sort((a, b) => a.km - b.km)[0];
    if (near.km <= this.study.apart_km) return t("standing.near", { ...of(near.site), km: num(near.km, 1), apart: num(this.study.apart_km) });
    return t("standing.small", { last: points(last.score) });
  }

  /** @param {any} choice a place where nothing was measured */
  _nowhere(choice) {
    const next = nearestOpen(this.places.ports, choice);
    return [`${num(choice.lat, 4)}, ${num(choice.lon, 4)}`, el("p", {}, t(this.surface ? "standing.nowhere" : "standing.no_grid")), next && pairsOf([[t("ports.nearest"), t("ports.away", { port: next.port.name, km: num(next.km, 1) })]])];
  }

  /** @param {any} choice */
  _feature(choice) {
    const { layer, n } = choice;
    const drawn = layer.drawn;
    const facts = drawn.fields
      .map((/** @type {any} */ field) => [both(field.title), drawn.rows[field.id][n], field.unit])
      .filter((/** @type {any[]} */ [, value]) => value !== null && value !== "")
      .map((/** @type {any[]} */ [title, value, unit]) => [title, quantity(value, unit)]);
    const force = drawn.in_force ? ["force.no", "force.yes"][drawn.in_force[n]] ?? "force.unknown" : null;
    return [
      String(drawn.names?.[n] ?? both(layer.title)),
      el("p", { class: "quiet" }, both(layer.title), layer.approximate && ` · ${t("layers.approximate")}`),
      force && el("p", { class: "strong-line" }, t(force)),
      pairsOf(facts),
      sourceLine(layer),
    ];
  }
}

/** @param {any} row @param {string} words */
function headline(row, words) {
  return el("p", { class: "headline" }, el("b", {}, points(row.score)), el("span", {}, t("card.of_100"), el("br"), t("card.interval", { span: span(row.score_low, row.score_high) }), el("br"), words, " ", row.rank && moved(row), row.p_top10 !== null && row.p_top10 !== undefined && [el("br"), t("card.p_top10", { share: num(100 * row.p_top10) })]));
}

/** @param {any[]} facts */
function pairsOf(facts) {
  return el("dl", { class: "facts" }, facts.filter(Boolean).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** @param {any} row of the incentives; its texts are those of the source, in English */
function incentive(row) {
  const dates = [row.valid_from && t("incentives.from", { day: day(row.valid_from) }), row.valid_to ? t("incentives.to", { day: day(row.valid_to) }) : row.expiry && el("span", { lang: "en" }, row.expiry)].filter(Boolean);
  const force = row.in_force === null ? "force.unknown" : "force.yes";
  const facts = [["incentives.where", row.geography], ["incentives.who", row.eligibility], ["incentives.law", row.legal_source]].filter(([, words]) => words);
  return el("div", { class: "incentive" }, el("p", {}, el("b", { lang: "en" }, row.regime), " – ", el("span", { lang: "en" }, row.benefit)), el("p", { class: "quiet" }, t(force), dates.map((one) => [" · ", one])), pairsOf(facts.map(([key, words]) => [t(key), el("span", { lang: "en" }, words)])));
}

/** Kilometres from a spot to the nearest corner of a shape. @param {any} spot @param {import("./payload.js").Shape} shape */
function kmToShape(spot, shape) {
  const [x, y] = [mercatorX(spot.lon), mercatorY(spot.lat)];
  const size = 40075.017 * Math.cos((spot.lat * Math.PI) / 180);
  let least = Infinity;
  for (const part of shape.parts) for (let i = 0; i < part.length; i += 2) least = Math.min(least, Math.hypot(part[i] - x, part[i + 1] - y));
  return least * size;
}

/** One line of provenance. @param {any} layer */
export function sourceLine(layer) {
  const flags = [t("sources.grade", { grade: layer.grade }), layer.vintage, layer.approximate && t("layers.approximate")];
  return el("p", { class: "source" }, el("b", {}, both(layer.title)), " – ", link(layer.source_url, layer.source), `, ${layer.publisher}. `, el("span", { class: "quiet" }, flags.filter(Boolean).join(" · ")));
}
