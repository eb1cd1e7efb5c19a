// The card: all figures of a pair, a site, a port, a cell or a feature, each with its source.

import { cellCard } from "./cell.js";
import { fill } from "./dom.js";
import { middle } from "./find.js";
import { place } from "./places.js";
import { emit } from "./state.js";
import { both, t } from "./words.js";

/** Title and content by kind of choice; nothing where what was chosen is gone. */
const CARDS = {
  pair(card, choice) {
    const { places } = card;
    const pair = places.pair(choice.id);
    const port = pair && places.port.get(pair.port);
    return pair && [places.title(pair), view.cardPair({ card, choice, pair, port, sites: places.ends(pair) })];
  },
  site(card, choice) {
    const site = card.places.site.get(choice.id);
    return [place(site), view.cardSite({ card, choice, site })];
  },
  port(card, choice) {
    const port = card.places.port.get(choice.id);
    return [[...new Set([both(port.name), port.name.en, port.name.es])].join(" / "), view.cardPort({ card, port })];
  },
  cell: cellCard,
  gone: () => [t("share.gone"), t("share.gone_why")],
  nowhere: (card, spot) => [spot.name, view.cardNowhere({ card, spot })],
  feature(card, { layer, n, lat, lon }) {
    const cell = card.surface?.at(lon, lat); // what covers the land cannot be clicked through
    return [String(layer.drawn.names?.[n] ?? both(layer.title)), view.cardFeature({ card, layer, n, cell })];
  },
};

export class Card {
  constructor(room, content, places, surface) {
    this.room = room;
    this.study = content.study;
    this.layers = new Map(content.layers.map((layer) => [layer.id, layer]));
    this.places = places;
    this.surface = surface;
    this.choice = this.back = this.compare = this.board = null; // the last two are put here once they stand
  }

  open(choice) {
    if (!this.room.contains(document.activeElement)) this.back = document.activeElement;
    this._show(choice);
    this.paint();
    this.room.querySelector("h2")?.focus({ preventScroll: true });
    this.room.scrollTop = 0;
  }

  close() {
    if (!this.choice) return;
    this._show(null);
    fill(this.room);
    this.room.removeAttribute("aria-label");
    const row = document.querySelector(".row.lit .more-button") ?? document.querySelector(".row-head");
    const back = this.back?.isConnected && this.back !== document.body ? this.back : row; // the list is drawn anew
    if (back instanceof HTMLElement) back.focus({ preventScroll: true });
  }

  /** The card lies over the list, which then nobody can reach; a place that was asked about is marked on the map. */
  _show(choice) {
    this.choice = choice;
    this.room.hidden = !choice;
    for (const other of this.room.parentElement.children) other.toggleAttribute("inert", choice && other !== this.room);
    const spot = choice?.kind === "cell" ? middle(this.surface, choice.id) : choice?.kind === "nowhere" ? choice : null;
    if (spot === this.places.asked) return;
    this.places.asked = spot;
    emit("layers");
  }

  paint() {
    if (!this.choice) return;
    const unfolded = [...this.room.querySelectorAll("details[open]")].map((one) => one.dataset.key);
    const made = CARDS[this.choice.kind](this, this.choice);
    if (!made) return this.close();
    const [title, content] = made;
    this.room.setAttribute("aria-label", title);
    fill(this.room, view.headed({ title, content, close: () => this.close() }));
    for (const one of this.room.querySelectorAll("details")) one.open = unfolded.includes(one.dataset.key);
  }
}
