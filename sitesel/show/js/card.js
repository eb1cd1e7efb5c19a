// The card: all figures of a pair, a site, a port, a cell or a feature, each with its source.

import { cellCard, nowhereCard } from "./cell.js";
import { fill } from "./dom.js";
import { middle } from "./find.js";
import { place } from "./places.js";
import { emit } from "./state.js";
import { both, quantity } from "./words.js";

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
    return [[port.name, port.name_mx].filter(Boolean).join(" / "), view.cardPort({ card, port })];
  },
  cell: cellCard,
  nowhere: nowhereCard,
  feature(card, { layer, n, lat, lon }) {
    const { names, fields, rows } = layer.drawn;
    const stated = fields.map((field) => [both(field.title), rows[field.id][n], field.unit]);
    const known = stated.filter(([, value]) => value !== null && value !== "");
    const said = known.map(([title, value, unit]) => [title, quantity(value, unit)]);
    const cell = card.surface?.at(lon, lat);
    const land = cell >= 0 && (() => card.open({ kind: "cell", id: cell }));
    return [String(names?.[n] ?? both(layer.title)), view.cardFeature({ layer, n, said, land })];
  },
};

export class Card {
  constructor(room, content, places, surface) {
    this.room = room;
    this.study = content.study;
    this.layers = new Map(content.layers.map((layer) => [layer.id, layer]));
    this.places = places;
    this.surface = surface;
    this.choice = null;
    this.compare = this.board = null; // put here once they stand
  }

  open(choice) {
    if (!this.room.contains(document.activeElement)) this.back = document.activeElement;
    this.choice = choice;
    this.paint();
    this._cover(true);
    this.room.querySelector("h2")?.focus({ preventScroll: true });
    this.room.scrollTop = 0;
    this._point(choice.kind === "cell" ? middle(this.surface, choice.id) : choice.kind === "nowhere" ? choice : null);
  }

  /** The card lies over the list, which then nobody can reach. */
  _cover(on) {
    this.room.hidden = !on;
    for (const other of this.room.parentElement.children) if (other !== this.room) other.toggleAttribute("inert", on);
  }

  /** Mark the place that was asked about on the map. */
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
    const unfolded = [...this.room.querySelectorAll("details[open]")].map((one) => one.dataset.key);
    const made = CARDS[this.choice.kind](this, this.choice);
    if (!made) return this.close();
    const [title, content] = made;
    this.room.setAttribute("aria-label", title);
    fill(this.room, view.headed({ title, content, close: () => this.close() }));
    for (const one of this.room.querySelectorAll("details")) one.open = unfolded.includes(one.dataset.key);
  }
}
