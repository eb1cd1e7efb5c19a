// The ranked list beside the map: tabs, rows, and the reasons of the chosen row.

import { fill, room } from "./dom.js";
import { emit, isChosen, state } from "./state.js";
import { choiceOf, fragile } from "./places.js";
import { num, t } from "./words.js";

const LOWEST_ROW = 70; // pixels
const REST = 120; // milliseconds
const STEP = 40; // rows at once, so that no move has to wait for all

/** Show something else; the control that asked for it is drawn anew, so the focus goes back by its id. */
export function turn(topic, id, change = {}) {
  Object.assign(state, change);
  emit(topic);
  document.getElementById(id)?.focus();
}

export class Ranking {
  constructor(home, places, openCard) {
    this.home = home;
    this.places = places;
    this.openCard = openCard;
    this.find = this.compare = this.panel = this.list = null; // all there once it is painted
    this.later = 0;
  }

  paint() {
    const tabs = ["pairs", "US", "MX"].filter((tab) => tab === state.tab || this.places.has(tab));
    fill(this.home, view.ranking({ ranking: this, find: this.find, tabs }));
    this.panel = this.home.querySelector("#rows");
    this.list = this.panel.querySelector("ol");
    this.refresh(state.chosen !== null);
  }

  /** Arrow keys go from tab to tab. */
  step(key, tabs) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const tab = tabs.at((tabs.indexOf(state.tab) + way) % tabs.length);
    if (way) turn("list", `tab-${tab}`, { tab, chosen: null });
  }

  /** Draw the rows again; if asked, bring the chosen one into sight: its head, and what there is room for. */
  refresh(reveal) {
    this._draw(Infinity);
    const lit = reveal && this.list.querySelector(".row.lit");
    for (const part of lit ? [lit, lit.firstChild] : []) part.scrollIntoView({ block: "nearest" });
  }

  /** Draw what is in sight at once, and the rest when nothing has moved for a while. */
  follow() {
    const rest = this._draw(Math.ceil((this.panel.scrollTop + this.panel.clientHeight) / LOWEST_ROW) + 1);
    const more = () => {
      this.list.append(...rest.splice(0, STEP).map(this._row));
      if (rest.length) this.later = setTimeout(more, 0);
    };
    this.later = setTimeout(() => [fill(room("news"), view.listNews({ places: this.places })), more()], REST);
  }

  /** Draw so many rows, keeping the place in the list, and return those that are still to be drawn. */
  _draw(most) {
    clearTimeout(this.later);
    const top = this.panel.scrollTop;
    const found = this.places.listed();
    fill(this.list, found.length ? found.slice(0, most).map(this._row) : view.findNothing({ places: this.places }));
    this.compare.tray();
    fill(room("found"), view.findSaid({ find: this.find, places: this.places, shown: found.length }));
    if (top) this.panel.scrollTop = top;
    return found.slice(most);
  }

  _row = (row) => {
    const choice = choiceOf(row);
    return view.row({ ranking: this, places: this.places, row, choice, lit: isChosen(choice.kind, choice.id) });
  };
}

/** How often a row keeps its place among the best when the weights are drawn at random. */
export function steadiness(row, places) {
  if (places.tested && !places.original) return t("steady.own");
  if ((row.p_top10 ?? null) === null) return null;
  const often = row.p_top10;
  const share = often < 1 && often >= 0.995 ? "> 99" : often > 0 && often < 0.005 ? "< 1" : num(100 * often);
  const words = t("card.p_top10", { share });
  return fragile(row) ? view.rowFragile({ words }) : words;
}

/** How far a row has come from its rank under the weights of the file. */
export const moved = (row) => view.rowMoved({ steps: (row.first ?? row.rank) - row.rank });
