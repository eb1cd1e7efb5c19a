// Sites, pairs and ports: their rows, their marks on the map, and what lies under the pointer.

import { colour } from "./colours.js";
import { inside, mercatorX, mercatorY } from "./payload.js";
import { isChosen, state } from "./state.js";
import { sift } from "./find.js";
import { markAt } from "./layers.js";
import { readCosts } from "./money.js";
import { pixel, trace } from "./scene.js";

const DRAWN_PAIRS = 30;
const FIRST = 10;

/** Stands among the first ten, but most draws of the weights put it elsewhere. @param {any} row a pair or a site */
export const fragile = (row) => row.rank <= FIRST && (row.p_top10 ?? 1) < 0.5;

/** @param {any} site */
export function place(site) {
  return String(site?.name || site?.place || site?.id || "–");
}

export class Places {
  /** @param {any} content @param {any[]} siteShapes */
  constructor(content, siteShapes) {
    /** @type {any[]} */
    this.sites = content.sites;
    this.sites.forEach((site, n) => Object.assign(site, { n, shape: siteShapes[n] }));
    /** @type {any[]} */
    this.pairs = content.pairs;
    this.costs = readCosts(content.costs);
    /** @type {any[]} */
    this.ports = content.ports;
    this.incentives = content.incentives;
    this.site = new Map(this.sites.map((site) => [site.id, site]));
    this.port = new Map(this.ports.map((port) => [port.port_id, port]));
    /** @type {Array<{x: number, y: number, r: number, choice: any}>} */
    this.marks = [];
    /** @type {{lon: number, lat: number}|null} the place that the reader asked about */
    this.asked = null;
    this.tested = [...this.pairs, ...this.sites].some((row) => (row.p_top10 ?? null) !== null);
    this.original = true; // are the weights those of the file?
  }

  /** The pair of a rank. @param {number} rank */
  pair(rank) {
    return this.pairs.find((pair) => pair.rank === rank);
  }

  /** The two sites of a pair, or the site itself. @param {any} row @returns {any[]} */
  ends(row) {
    return row.us_site ? [this.site.get(row.us_site), this.site.get(row.mx_site)] : [row];
  }

  /** @param {any} pair */
  portName(pair) {
    return String(this.port.get(pair.port)?.name ?? pair.port);
  }

  /** @param {any} row a pair or a site */
  title(row) {
    return this.ends(row).map(place).join(" ⇄ ");
  }

  /** Is there anything to list in a tab? @param {string} tab */
  has(tab) {
    return tab === "pairs" ? this.pairs.length > 0 : this.sites.some((site) => site.side === tab);
  }

  /** The rows of the open tab that the reader wants, best first. */
  listed() {
    return sift(this.all(), this);
  }

  /** All rows of the open tab. */
  all() {
    if (state.tab === "pairs") {
      const known = this.pairs.filter((pair) => !state.setOnly || pair.set_rank !== null);
      return known.sort((a, b) => (state.setOnly ? a.set_rank - b.set_rank : a.rank - b.rank));
    }
    return this.sites.filter((site) => site.side === state.tab).sort((a, b) => a.rank - b.rank);
  }

  /** @param {any} pair */
  rankOf(pair) {
    return state.setOnly ? pair.set_rank : pair.rank;
  }

  /** @returns {any[]} pairs whose lines are drawn; the chosen one last */
  drawn() {
    if (state.tab !== "pairs") return [];
    const shown = this.listed().slice(0, DRAWN_PAIRS);
    const chosen = state.chosen?.kind === "pair" && this.pair(state.chosen.id);
    return chosen ? [...shown.filter((pair) => pair !== chosen), chosen] : shown;
  }

  /** Corners of a pair's way: US site, port, Mexican site. @param {any} pair */
  way(pair) {
    const [us, mx] = this.ends(pair);
    return [us, this.port.get(pair.port), mx].filter(Boolean);
  }

  /** The sites that are chosen, alone or as a pair. @returns {Set<any>} */
  lit() {
    const { chosen } = state;
    const pair = chosen?.kind === "pair" && this.pair(chosen.id);
    return new Set(pair ? this.ends(pair) : chosen?.kind === "site" ? [this.site.get(chosen.id)] : []);
  }

  /** @param {import("./scene.js").Pen} pen @param {(taken: number[][]) => void} then draws names where there is room */
  paint(pen, then) {
    const taken = /** @type {number[][]} */ ([]);
    const [drawn, lit] = [this.drawn(), this.lit()];
    this._areas(pen, lit);
    this._ways(pen, drawn);
    this._marks(pen, taken, this._numbered(drawn, lit));
    then(taken);
  }

  /** @param {import("./scene.js").Pen} pen @param {Set<any>} chosen */
  _areas(pen, chosen) {
    const { ctx, zoom } = pen;
    for (const site of this.sites) {
      const lit = chosen.has(site);
      ctx.beginPath();
      trace(pen, site.shape, true);
      ctx.fillStyle = colour(lit ? "site-lit" : "site");
      ctx.fill("evenodd");
      ctx.lineWidth = lit ? 2.2 : zoom < 8 ? 0.6 : 1;
      ctx.strokeStyle = colour(lit ? "accent" : "site-edge");
      ctx.stroke();
    }
  }

  /** The way of a fragile pair is broken. @param {import("./scene.js").Pen} pen @param {any[]} pairs */
  _ways(pen, pairs) {
    for (const pair of pairs) {
      const lit = isChosen("pair", pair.rank);
      const line = () => {
        pen.ctx.beginPath();
        for (const stop of this.way(pair)) {
          const [x, y] = pixel(pen, stop.lon, stop.lat);
          pen.ctx.lineTo(x, y);
        }
        pen.ctx.stroke();
      };
      pen.ctx.lineJoin = pen.ctx.lineCap = "round";
      pen.ctx.setLineDash([]);
      pen.ctx.strokeStyle = colour("halo");
      pen.ctx.lineWidth = lit ? 6 : 4;
      line();
      pen.ctx.setLineDash(fragile(pair) ? [2, 6] : []);
      pen.ctx.strokeStyle = colour(lit ? "accent" : "mark");
      pen.ctx.lineWidth = lit ? 3.2 : 1.8;
      line();
    }
    pen.ctx.setLineDash([]);
  }

  /** Marks in order of importance, one a site. @param {any[]} drawn pairs @param {Set<any>} chosen sites */
  _numbered(drawn, chosen) {
    /** @type {Map<any, any>} */
    const marks = new Map();
    const add = (/** @type {any} */ site, /** @type {any} */ mark) => site && !marks.has(site) && marks.set(site, { ...mark, site });
    if (state.tab === "pairs") {
      for (const pair of [...drawn].sort((a, b) => Number(isChosen("pair", b.rank)) - Number(isChosen("pair", a.rank)) || this.rankOf(a) - this.rankOf(b))) {
        const mark = { rank: this.rankOf(pair), choice: { kind: "pair", id: pair.rank }, lit: isChosen("pair", pair.rank), hollow: fragile(pair) };
        for (const site of this.ends(pair)) add(site, mark);
      }
    } else {
      const listed = this.listed();
      for (const site of [...listed.filter((one) => chosen.has(one)), ...listed]) add(site, { rank: site.rank, choice: { kind: "site", id: site.id }, lit: chosen.has(site), hollow: fragile(site) });
    }
    return [...marks.values()];
  }

  /** @param {import("./scene.js").Pen} pen @param {number[][]} taken boxes that labels must leave free @param {any[]} marks */
  _marks(pen, taken, marks) {
    const { ctx, zoom } = pen;
    this.marks = [];
    const dots = [];
    const signs = [];
    for (const mark of marks) {
      const [x, y] = pixel(pen, mark.site.lon, mark.site.lat);
      const box = [x - 11, y - 11, x + 11, y + 11];
      const free = taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]);
      if (free || mark.lit) {
        taken.push(box);
        signs.push({ ...mark, x, y });
      } else if (zoom >= 7) dots.push({ ...mark, x, y });
    }
    if (state.layers.has("ports_of_entry")) this._ports(pen, taken);
    for (const dot of dots) {
      markAt(ctx, dot.site.side === "MX" ? "square" : "circle", dot.x, dot.y, 4);
      ctx.fillStyle = colour("mark");
      ctx.fill();
      ctx.lineWidth = 1.5;
      ctx.strokeStyle = colour("halo");
      ctx.stroke();
      this.marks.push({ x: mercatorX(dot.site.lon), y: mercatorY(dot.site.lat), r: 7, choice: dot.choice });
    }
    for (const sign of signs.reverse()) this._sign(ctx, sign);
    if (this.asked) this._target(pen, this.asked);
  }

  /** @param {import("./scene.js").Pen} pen @param {{lon: number, lat: number}} spot */
  _target({ ctx, ...pen }, spot) {
    const [x, y] = pixel(/** @type {any} */ (pen), spot.lon, spot.lat);
    for (const [width, ink] of /** @type {const} */ ([[5, colour("halo")], [2.5, colour("accent")]])) {
      ctx.beginPath();
      ctx.arc(x, y, 9, 0, 7);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        ctx.moveTo(x + 5 * dx, y + 5 * dy);
        ctx.lineTo(x + 14 * dx, y + 14 * dy);
      }
      ctx.lineWidth = width;
      ctx.strokeStyle = ink;
      ctx.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} ctx @param {any} sign */
  _sign(ctx, sign) {
    const [ink, ground, size] = [colour(sign.lit ? "accent" : "mark"), colour("halo"), sign.lit ? 12 : 10.5];
    for (const [grown, shade] of sign.hollow ? /** @type {const} */ ([[1.5, ground], [0, ink], [-1.8, ground]]) : /** @type {const} */ ([[1, ground], [-1, ink]])) {
      markAt(ctx, sign.site.side === "MX" ? "square" : "circle", sign.x, sign.y, size + grown);
      ctx.fillStyle = shade;
      ctx.fill();
    }
    ctx.fillStyle = sign.hollow ? ink : ground;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.font = `700 ${String(sign.rank).length > 2 ? 9 : 11}px system-ui, sans-serif`;
    ctx.fillText(String(sign.rank), sign.x, sign.y + 0.5);
    this.marks.unshift({ x: mercatorX(sign.site.lon), y: mercatorY(sign.site.lat), r: 13, choice: sign.choice });
  }

  /** @param {import("./scene.js").Pen} pen @param {number[][]} taken */
  _ports(pen, taken) {
    const { ctx, zoom } = pen;
    for (const port of [...this.ports].sort((a, b) => Number(b.open) - Number(a.open))) {
      if (!port.open && zoom < 8) continue;
      const [x, y] = pixel(pen, port.lon, port.lat);
      const r = port.open ? (zoom < 7 ? 3.5 : 5.5) : 3.5;
      markAt(ctx, "diamond", x, y, r);
      ctx.fillStyle = colour("halo");
      ctx.fill();
      ctx.lineWidth = port.open ? 2 : 1.3;
      ctx.strokeStyle = colour(port.open ? "mark" : "shut");
      ctx.stroke();
      if (!port.open) {
        ctx.beginPath();
        ctx.moveTo(x - 2, y - 2);
        ctx.lineTo(x + 2, y + 2);
        ctx.stroke();
      }
      taken.push([x - r, y - r, x + r, y + r]);
      this.marks.push({ x: mercatorX(port.lon), y: mercatorY(port.lat), r: r + 3, choice: { kind: "port", id: port.port_id } });
    }
  }

  /** What can be chosen at a place (Mercator). @param {number} x @param {number} y @param {number} scale */
  at(x, y, scale) {
    const mark = this.marks.find((one) => Math.hypot(one.x - x, one.y - y) * scale <= one.r);
    if (mark) return mark.choice;
    const site = this.sites.find((one) => inside(one.shape, x, y));
    return site ? { kind: "site", id: site.id } : null;
  }
}
