// The ranked list beside the map: tabs, rows, and the reasons of the chosen row.

import { el, fill } from "./dom.js";
import { choose, emit, isChosen, state } from "./state.js";
import { fragile, place } from "./places.js";
import { num, points, span, t, classWord } from "./words.js";

const TABS = [
  ["pairs", "tabs.pairs"],
  ["US", "tabs.us"],
  ["MX", "tabs.mx"],
];

const LOWEST_ROW = 70; // pixels
const REST = 120; // milliseconds
const STEP = 40; // rows at once, so that no move has to wait for all

export class Ranking {
  /** @param {HTMLElement} room @param {import("./places.js").Places} places @param {(choice: any) => void} openCard */
  constructor(room, places, openCard) {
    this.room = room;
    this.places = places;
    this.openCard = openCard;
    /** @type {import("./find.js").Find|null} */
    this.find = null;
    /** @type {import("./compare.js").Compare|null} */
    this.compare = null;
    this.later = 0;
  }

  paint() {
    this.list = el("ol");
    this.panel = el("div", { class: "rows", id: "rows", role: "tabpanel", "aria-labelledby": `tab-${state.tab}`, tabindex: "0" }, this.find?.filters(), this.list);
    fill(this.room, this._tabs(), this.find?.box(), state.tab === "pairs" && this._switch(), this.panel, this.compare?.tray());
    this.refresh(false);
  }

  _tabs() {
    const turn = (/** @type {string} */ tab) => () => {
      state.tab = tab;
      state.chosen = null;
      emit("list");
      document.getElementById(`tab-${tab}`)?.focus();
    };
    const open = TABS.filter(([tab]) => tab === state.tab || this.places.has(tab));
    const tabs = open.map(([tab, key]) =>
      el("button", { role: "tab", id: `tab-${tab}`, "aria-selected": String(state.tab === tab), "aria-controls": "rows", tabindex: state.tab === tab ? "0" : "-1", class: "tab", on: { click: turn(tab) } }, t(key)),
    );
    const step = (/** @type {KeyboardEvent} */ event) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!way) return;
      const at = open.findIndex(([tab]) => tab === state.tab);
      turn(open[(at + way + open.length) % open.length][0])();
    };
    return el("div", { role: "tablist", class: "tabs", "aria-label": t("tabs.label"), on: { keydown: step } }, tabs);
  }

  _switch() {
    const box = el("input", { type: "checkbox", id: "set-only", role: "switch", checked: state.setOnly });
    box.addEventListener("change", () => {
      state.setOnly = /** @type {HTMLInputElement} */ (box).checked;
      emit("list");
      document.getElementById("set-only")?.focus();
    });
    return el("label", { class: "switch", title: t("pairs.set_why") }, box, el("span", { class: "slot" }), t("pairs.set"));
  }

  /** Draw the rows again, keeping the place in the list. @param {boolean} reveal scroll the chosen row into view */
  refresh(reveal) {
    this._draw(Infinity);
    if (reveal) this._reveal(this.list?.querySelector(".row.lit") ?? null);
  }

  /** Draw what is in sight at once, and the rest when nothing has moved for a while. */
  follow() {
    if (!this.panel) return;
    const rest = this._draw(Math.ceil((this.panel.scrollTop + this.panel.clientHeight) / LOWEST_ROW) + 1);
    const more = () => {
      this.list?.append(...rest.splice(0, STEP).map(this._line, this));
      if (rest.length) this.later = setTimeout(more, 0);
    };
    this.later = setTimeout(more, REST);
  }

  /** @param {number} most rows @returns {any[]} what is not drawn yet */
  _draw(most) {
    if (!this.list || !this.panel) return [];
    clearTimeout(this.later);
    const top = this.panel.scrollTop;
    const found = this.places.listed();
    fill(this.list, found.length ? found.slice(0, most).map(this._line, this) : (this.find?.nothing() ?? el("li", { class: "empty" }, t("tabs.empty"))));
    this.compare?.tray();
    this.find?.tell(found.length, this.places.all().length);
    if (top) this.panel.scrollTop = top;
    return found.slice(most);
  }

  /** @param {any} row */
  _line(row) {
    return state.tab === "pairs" ? this._pair(row) : this._site(row);
  }

  /** Bring the head of a row into sight, and as much of the rest as there is room for. @param {HTMLElement|null} row */
  _reveal(row) {
    if (!row || !this.panel) return;
    const [inner, outer] = [row.getBoundingClientRect(), this.panel.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      this.panel.scrollTop += Math.min(inner.top - outer.top, Math.max(inner.bottom - outer.bottom, 0) || Infinity);
    }
  }

  /** @param {any} pair */
  _pair(pair) {
    const [us, mx] = this.places.ends(pair);
    const lit = isChosen("pair", pair.rank);
    const under = t("pairs.through", { port: this.places.portName(pair), minutes: num(pair.link_minutes) });
    return this._row({
      choice: { kind: "pair", id: pair.rank },
      lit,
      rank: this.places.rankOf(pair),
      title: [place(us), el("span", { class: "swap", "aria-hidden": "true" }, " ⇄ "), place(mx)],
      under,
      row: pair,
      bars: [bar("US", pair.us_score, pair.weaker_side === "US"), bar("MX", pair.mx_score, pair.weaker_side === "MX")],
      more: lit && [
        el("p", { class: "weaker" }, t("pairs.weaker", { side: t(`side.${pair.weaker_side}`) })),
        el("div", { class: "two" }, reasons(us, t("side.US")), reasons(mx, t("side.MX"))),
      ],
    });
  }

  /** @param {any} site */
  _site(site) {
    const lit = isChosen("site", site.id);
    return this._row({
      choice: { kind: "site", id: site.id },
      lit,
      rank: site.rank,
      title: [place(site)],
      under: [`${num(site.hectares)} ha`, site.status ? classWord(site.status) : null].filter(Boolean).join(" · "),
      row: site,
      bars: [bar(site.side, site.score, false)],
      more: lit && [reasons(site, null)],
    });
  }

  /** @param {any} parts */
  _row({ choice, lit, rank, title, under, row, bars, more }) {
    const head = el(
      "button",
      { class: "row-head", "aria-expanded": String(lit), on: { click: () => this._toggle(choice, lit) } },
      el("span", { class: `rank${row.side === "MX" ? " mx" : ""}${fragile(row) ? " hollow" : ""}`, title: fragile(row) && t("steady.fragile") }, num(rank)),
      el("span", { class: "names" }, el("span", { class: "title" }, title), el("span", { class: "under" }, under)),
      el("span", { class: "score" }, el("b", {}, points(row.score)), el("small", {}, span(row.score_low, row.score_high))),
      moved(row),
      fragile(row) && el("span", { class: "unseen" }, t("steady.fragile")),
      el("span", { class: "bars" }, bars),
    );
    const open = el("button", { class: "more-button", on: { click: () => this.openCard(choice) } }, t("card.open"));
    return el("li", { class: lit ? "row lit" : "row" }, head, more && el("div", { class: "more" }, fragile(row) && el("p", { class: "fragile" }, steadiness(row, this.places)), more, el("div", { class: "row-tools" }, open, this.compare?.button(choice))));
  }

  /** @param {any} choice @param {boolean} lit */
  _toggle(choice, lit) {
    choose(lit ? null : choice);
    const again = /** @type {HTMLElement|null} */ (this.list?.querySelector(".row.lit .row-head"));
    again?.focus({ preventScroll: true });
  }
}

/** How often a row keeps its place among the best when the weights are drawn at random. @param {any} row @param {import("./places.js").Places} places */
export function steadiness(row, places) {
  if (!places.tested) return null;
  if (!places.original) return t("steady.own");
  if ((row.p_top10 ?? null) === null) return null;
  const words = t("card.p_top10", { share: num(100 * row.p_top10) });
  return fragile(row) ? el("b", {}, `${t("steady.fragile")}: ${words}`) : words;
}

/** How far a row has come from its rank under the weights of the file. @param {any} row */
export function moved(row) {
  const steps = (row.first ?? row.rank) - row.rank;
  if (!steps) return null;
  const [way, sign] = steps > 0 ? ["up", "▲"] : ["down", "▼"];
  const places = num(Math.abs(steps));
  return el("span", { class: `moved ${way}` }, el("span", { "aria-hidden": "true" }, sign + places), el("span", { class: "unseen" }, t(`moved.${way}`, { places })));
}

/** @param {string} side @param {number|null} score @param {boolean} weaker */
function bar(side, score, weaker) {
  return el(
    "span",
    { class: weaker ? "bar weaker-bar" : "bar" },
    el("span", { class: "bar-name" }, t(`side_short.${side}`)),
    el("span", { class: "track" }, el("span", { class: `fill ${side.toLowerCase()}`, style: { width: `${100 * (score ?? 0)}%` } })),
    el("span", { class: "bar-score" }, points(score)),
  );
}

/** The reasons of a site in words. @param {any} site @param {string|null} title */
export function reasons(site, title) {
  const line = (/** @type {string} */ kind, /** @type {string} */ sign) => {
    const words = site?.[kind]?.[state.language] ?? [];
    return words.length ? el("li", { class: kind }, el("span", { class: "sign", "aria-hidden": "true" }, sign), el("span", {}, el("b", {}, `${t(`reasons.${kind}`)}: `), words.join(", "))) : null;
  };
  return el("div", { class: "reasons" }, title && el("h4", {}, title), el("ul", {}, line("strong", "+"), line("weak", "−"), line("unknown", "?")));
}
