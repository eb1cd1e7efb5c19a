// The card: all figures of a pair, a site, a port, a cell or a feature, each with its source.

import { el, facts, fill } from "./dom.js";
import { both, classWord, day, num, points, quantity, span, t } from "./words.js";
import { cellCard, gates, nearest, nowhereCard } from "./cell.js";
import { chip, gainBar, gains, legs, shadeOf, shareOf, stacked, truckChart } from "./charts.js";
import { closer } from "./dialog.js";
import { middle } from "./find.js";
import { dollars, money } from "./money.js";
import { place } from "./places.js";
import { headline, portFacts, sourceLine, told } from "./parts.js";
import { reasons, steadiness } from "./ranking.js";
import { rawWords, risks, why } from "./story.js";
import { emit, state } from "./state.js";

const PORT = ["trucks", "trucks_year", "hours", "fast", "fast_note", "lanes", "wait_median", "wait_p95", "rail", "modernisation", "modernisation_date", "modernisation_note", "delay_min", "delay_note", "status", "cargo", "cargo_to", "confidence"];

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
    /** @type {import("./board.js").Board|null} */
    this.board = null;
  }

  /** @param {any} choice */
  open(choice) {
    this.back = document.activeElement;
    this.choice = choice;
    this.paint();
    this._cover(true);
    /** @type {HTMLElement|null} */ (this.room.querySelector("h2"))?.focus({ preventScroll: true });
    this.room.scrollTop = 0;
    this._point(choice.kind === "cell" ? middle(this.surface, choice.id) : choice.kind === "nowhere" ? choice : null);
  }

  /** The card lies over the list, which then nobody can reach. @param {boolean} on */
  _cover(on) {
    this.room.hidden = !on;
    for (const other of this.room.parentElement?.children ?? []) if (other !== this.room) other.toggleAttribute("inert", on);
  }

  /** Mark the place that was asked about on the map. @param {{lon: number, lat: number}|null} spot */
  _point(spot) {
    if (!spot && !this.places.asked) return;
    this.places.asked = spot;
    emit("layers");
  }

  close() {
    if (!this.choice) return;
    this.choice = null;
    this._point(null);
    this._cover(false);
    fill(this.room);
    this.room.removeAttribute("aria-label");
    if (this.back instanceof HTMLElement && this.back.isConnected) this.back.focus({ preventScroll: true });
  }

  paint() {
    if (!this.choice) return;
    /** @type {Record<string, (choice: any) => any[]|null>} */
    const makers = { pair: this._pair, site: this._siteCard, port: this._port, cell: (one) => cellCard(this, one), nowhere: (one) => nowhereCard(this, one), feature: this._feature };
    const open = new Set([...this.room.querySelectorAll("details[open]")].map((one) => /** @type {HTMLElement} */ (one).dataset.key));
    const made = makers[this.choice.kind].call(this, this.choice);
    if (!made) return this.close();
    const [title, ...body] = made;
    this.room.setAttribute("aria-label", title);
    fill(this.room, el("header", {}, el("h2", { tabindex: "-1" }, title), closer(() => this.close())), el("div", { class: "card-body" }, body));
    for (const one of this.room.querySelectorAll("details")) one.open = open.has(one.dataset.key);
  }

  /** @param {any} choice */
  _pair(choice) {
    const { study, places } = this;
    const pair = places.pair(choice.id);
    if (!pair) return null;
    const sites = places.ends(pair);
    const port = places.port.get(pair.port);
    return [
      places.title(pair),
      headline(pair, t("pairs.rank", { rank: num(pair.rank) }), steadiness(pair, places)),
      el("p", { class: "strong-line" }, t("pairs.weaker", { side: t(`side.${pair.weaker_side}`) })),
      el("section", { class: "story" }, el("h3", {}, t("why.title")), el("p", {}, why(pair, places)), el("h3", {}, t("risk.title")), el("p", {}, risks(study, pair, places))),
      this.compare && el("p", { class: "row-tools" }, this.compare.button(choice)),
      this._sides(sites),
      el("h3", {}, t("pairs.through", { port: places.portName(pair), minutes: num(pair.link_minutes) })),
      legs(pair),
      money(pair, places.costs),
      port && [el("h3", {}, `${t("find.port")}: ${port.name}`), this._portFacts(port)],
      this.board?.of(pair.port),
      this._zones(sites),
      this._gates(sites),
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
    const said = [
      [t("facts.side"), t(`side.${site.side}`)],
      site.state && [t("find.state"), site.state],
      [t("facts.area"), `${num(site.hectares)} ha`],
      site.status && [t("facts.status"), classWord(site.status)],
      site.verdict && [t("facts.verdict"), classWord(site.verdict)],
      nearest(this, site),
      site.connection && [t("facts.connection"), dollars(site.connection[0], site.connection[1])],
      [t("facts.where"), `${num(site.lat, 4)}, ${num(site.lon, 4)}`],
    ];
    return [place(site), headline(site, t("sites.rank", { rank: num(site.rank) }), steadiness(site, this.places)), stacked(this.study, site), this.compare && el("p", { class: "row-tools" }, this.compare.button(choice)), facts(said), reasons(site, null), this._zones([site]), this._gates([site]), this._table([site])];
  }

  /** The verdict of each gate on the land of each site. @param {any[]} sites */
  _gates(sites) {
    return sites.every((site) => site.gates) && gates(this, sites.map((site) => site.gates));
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
    return el("section", { class: "criteria" }, el("h3", {}, t("card.parts")), el("p", { class: "quiet" }, `${t("card.bars")} ${t("card.guessed")} ${t("card.open_row")}`), heads, this.groups(bars));
  }

  /** @param {(criterion: any) => any[]} bars */
  groups(bars) {
    return this.study.groups.map((/** @type {any} */ group) => {
      const rows = this.study.criteria.filter((/** @type {any} */ one) => one.group === group.id).map((/** @type {any} */ one) => [one, bars(one)]).filter((/** @type {any[]} */ [, cells]) => cells.length);
      return rows.length > 0 && [el("h3", {}, chip(this.study, group.id), both(group.title), el("small", {}, ` ${num(group.weight * 100)} %`)), rows.map((/** @type {any[]} */ [one, cells]) => this._details(one, cells))];
    });
  }

  /** @param {any} criterion @param {any[]} cells */
  _details(criterion, cells) {
    const share = t("card.weight", { share: shareOf(criterion, 1) });
    const only = criterion.applies_to ? ` · ${t(`only.${criterion.applies_to}`)}` : "";
    return el(
      "details",
      { class: "criterion", "data-key": criterion.id },
      el("summary", {}, el("span", { class: "criterion-name" }, both(criterion.title)), el("span", { class: `meters n${cells.length}` }, cells)),
      el("p", {}, both(criterion.measure), el("br"), el("span", { class: "quiet" }, share + only)),
      criterion.layers.map((/** @type {string} */ id) => this.source(id)),
    );
  }

  /** @param {string} id of a layer */
  source(id) {
    const layer = this.layers.get(id);
    return layer && sourceLine(layer);
  }

  /** The zones and regimes that hold each site, and the incentives that come with the place. @param {any[]} sites */
  _zones(sites) {
    const said = [...new Set(sites.flatMap((site) => site.zones?.[state.language] ?? []))].map((zone) => el("li", {}, zone));
    const blocks = sites.map((site) => {
      const rows = (site.incentives ?? []).map((/** @type {number} */ n) => this.places.incentives[n]).filter(Boolean);
      return rows.length > 0 && el("details", { class: "incentives", "data-key": `incentives-${site.side}` }, el("summary", {}, t("incentives.title", { count: num(rows.length), side: t(`side.${site.side}`) })), rows.map(incentive));
    });
    if (!said.length && !blocks.some(Boolean)) return null;
    return el("section", {}, el("h3", {}, t("themes.zones")), el("ul", { class: "zones" }, said), blocks, blocks.some(Boolean) && [el("p", { class: "quiet" }, t("incentives.local")), this.source("incentives")]);
  }

  /** @param {any} choice */
  _port(choice) {
    /** @type {any} */
    const port = this.places.port.get(choice.id);
    return [[port.name, port.name_mx].filter(Boolean).join(" / "), this._portFacts(port)];
  }

  /** @param {any} port */
  _portFacts(port) {
    const open = el("p", { class: port.open ? "quiet" : "strong-line" }, t(port.open ? "ports.open" : "ports.shut"));
    return el("section", { class: "port" }, open, truckChart(port), facts([...portFacts(port, this.layers.get("ports_of_entry"), PORT), nearest(this, port, port, "ports.next")]), this.source("ports_of_entry"), port.volumes && this.source("port_volumes"), port.wait_median !== undefined && this.source("wait_stats"));
  }

  /** @param {any} choice */
  _feature(choice) {
    const { layer, n } = choice;
    const drawn = layer.drawn;
    const known = drawn.fields
      .map((/** @type {any} */ field) => [both(field.title), drawn.rows[field.id][n], field.unit])
      .filter((/** @type {any[]} */ [, value]) => value !== null && value !== "")
      .map((/** @type {any[]} */ [title, value, unit]) => [title, quantity(value, unit)]);
    const force = drawn.in_force && `${layer.theme === "zones" ? "force" : "running"}.${["no", "yes"][drawn.in_force[n]] ?? "unknown"}`;
    return [
      String(drawn.names?.[n] ?? both(layer.title)),
      el("p", { class: "quiet" }, both(layer.title), layer.approximate && ` · ${t("layers.approximate")}`),
      force && el("p", { class: "strong-line" }, t(force)),
      facts(known),
      sourceLine(layer),
    ];
  }
}

/** @param {any} row of the incentives */
function incentive(row) {
  const dates = [row.valid_from && t("incentives.from", { day: day(row.valid_from) }), row.valid_to ? t("incentives.to", { day: day(row.valid_to) }) : row.expiry && told(row.expiry)].filter(Boolean);
  const force = row.in_force === null ? "force.unknown" : "force.yes";
  const said = [["incentives.where", row.geography], ["incentives.who", row.eligibility], ["incentives.law", row.legal_source]].filter(([, words]) => words);
  return el("div", { class: "incentive" }, el("p", {}, told(row.regime, "b"), " – ", told(row.benefit)), el("p", { class: "quiet" }, t(force), dates.map((one) => [" · ", one])), facts(said.map(([key, words]) => [t(key), told(words)])));
}
