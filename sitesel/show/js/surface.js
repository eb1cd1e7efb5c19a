// The suitability surface: one colour a cell, painted pixel by pixel in the grid's own projection.

import { albers } from "./albers.js";
import { sums } from "./payload.js";

export const RAMP = ["#dfe9e4", "#b5d3ca", "#7fb8ac", "#3d9385", "#0f625a"];
const OPEN = ["PASS", "CONDITIONAL"];
const UNSURE = 0xff8a949b;
const UNKNOWN = 255;
const TOP = 250;

/** @param {string} hex @param {number} [shade] */
function rgba(hex, shade = 1) {
  const [r, g, b] = [1, 3, 5].map((at) => Math.round(parseInt(hex.slice(at, at + 2), 16) * shade));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

export class Surface {
  /** @param {any} grid @param {Record<string, any>} arrays */
  constructor(grid, arrays) {
    this.grid = grid;
    this.rows = sums(arrays.cell_row);
    this.cols = sums(arrays.cell_col);
    this.count = this.rows.length;
    this.side = arrays.cell_side;
    this.verdict = arrays.cell_verdict;
    const scores = sums(arrays.cell_score, this.count);
    this.score = scores.subarray(0, this.count);
    this.low = scores.subarray(this.count, 2 * this.count);
    this.high = scores.subarray(2 * this.count);
    this.scores = scores;
    this.first = scores.slice();
    this.values = sums(arrays.cell_values, this.count);
    this.projection = albers(grid.projection);
    this.top = this.left = this.height = this.width = 0;
    this.lookup = new Int32Array(0);
    this._index();
    this.colour = new Uint32Array(this.count);
    this.stripe = new Uint32Array(this.count);
    this.recolour();
  }

  _index() {
    const { rows, cols, count } = this;
    let [top, left, bottom, right] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      if (rows[i] < top) top = rows[i];
      if (rows[i] > bottom) bottom = rows[i];
      if (cols[i] < left) left = cols[i];
      if (cols[i] > right) right = cols[i];
    }
    this.top = top;
    this.left = left;
    this.height = bottom - top + 1;
    this.width = right - left + 1;
    this.lookup = new Int32Array(this.height * this.width).fill(-1);
    for (let i = 0; i < count; i++) this.lookup[(rows[i] - top) * this.width + cols[i] - left] = i;
  }

  /** Class 0..4 of a cell, or -1 if it is ruled out or has no score. @param {number} cell */
  classOf(cell) {
    return OPEN.includes(this.grid.verdicts[this.verdict[cell]]) ? this._class(this.score[cell]) : -1;
  }

  /** @param {number} byte */
  _class(byte) {
    return byte === UNKNOWN ? -1 : this.grid.breaks.filter((/** @type {number} */ cut) => byte / TOP >= cut).length;
  }

  /** Score every cell under other weights: shares of one by side, as in decide.js. */
  /** @param {Record<string, number[]>} shares @param {number[]} unknown what an unknown counts as */
  reweigh(shares, unknown) {
    const { count, side, values } = this;
    const gained = new Float32Array(count);
    const missing = new Float32Array(count);
    const guessed = new Float32Array(count);
    for (let c = 0; c < shares.US.length; c++) {
      // What a byte adds, for the US from 0 and for Mexico from 256.
      const [adds, lacks] = [new Float32Array(512), new Float32Array(512)];
      [shares.US[c], shares.MX[c]].forEach((weight, n) => {
        for (let byte = 0; byte <= TOP; byte++) adds[n * 256 + byte] = (weight * byte) / TOP;
        lacks[n * 256 + UNKNOWN] = weight;
      });
      if (!shares.US[c] && !shares.MX[c]) continue;
      const plane = values.subarray(c * count, (c + 1) * count);
      for (let i = 0; i < count; i++) gained[i] += adds[(side[i] << 8) | plane[i]];
      if (!plane.includes(UNKNOWN)) continue;
      for (let i = 0; i < count; i++) {
        const lacking = lacks[(side[i] << 8) | plane[i]];
        missing[i] += lacking;
        guessed[i] += lacking * unknown[c];
      }
    }
    for (let i = 0; i < count; i++) {
      this.score[i] = missing[i] < 1 - 1e-6 ? Math.round((gained[i] + guessed[i]) * TOP) : UNKNOWN;
      this.low[i] = Math.round(gained[i] * TOP);
      this.high[i] = Math.round((gained[i] + missing[i]) * TOP);
    }
    this.recolour();
  }

  /** Take the scores of the file again, to the byte. */
  restore() {
    this.scores.set(this.first);
    this.recolour();
  }

  /** Set the colour of every cell anew; a second colour draws the hatching. */
  recolour() {
    const { verdicts } = this.grid;
    const plain = new Uint32Array(256 * verdicts.length);
    const striped = new Uint32Array(256 * verdicts.length);
    verdicts.forEach((/** @type {string} */ verdict, /** @type {number} */ v) => {
      for (let byte = 0; byte < 256; byte++) {
        const found = OPEN.includes(verdict) ? this._class(byte) : -1;
        const at = v * 256 + byte;
        plain[at] = found < 0 ? 0 : rgba(RAMP[found]);
        striped[at] = found >= 0 && verdict === "CONDITIONAL" ? rgba(RAMP[found], 0.8) : verdict === "UNKNOWN" ? UNSURE : plain[at];
      }
    });
    for (let i = 0; i < this.count; i++) {
      const at = this.verdict[i] * 256 + this.score[i];
      this.colour[i] = plain[at];
      this.stripe[i] = striped[at];
    }
  }

  /** @param {number} lon @param {number} lat @returns {number} the cell there, or -1 */
  at(lon, lat) {
    const [x, y] = this.projection.xy(lon, lat);
    const row = Math.floor(y / this.grid.size) - this.top;
    const col = Math.floor(x / this.grid.size) - this.left;
    if (row < 0 || col < 0 || row >= this.height || col >= this.width) return -1;
    return this.lookup[row * this.width + col];
  }

  /** Paint a picture of pixels whose longitudes and latitudes are given. */
  /** @param {Uint32Array} pixels @param {Float64Array} lons @param {Float64Array} lats */
  paint(pixels, lons, lats) {
    const { projection, lookup, colour, stripe, width, height } = this;
    const scale = 1 / this.grid.size;
    const wide = lons.length;
    const sine = Float64Array.from(lons, (lon) => Math.sin(projection.angle(lon)) * scale);
    const cosine = Float64Array.from(lons, (lon) => Math.cos(projection.angle(lon)) * scale);
    for (let y = 0; y < lats.length; y++) {
      const r = projection.radius(lats[y]);
      const base = projection.origin * scale - this.top;
      for (let x = 0; x < wide; x++) {
        const col = Math.floor(r * sine[x] - this.left);
        const row = Math.floor(base - r * cosine[x]);
        if (col < 0 || row < 0 || col >= width || row >= height) continue;
        const cell = lookup[row * width + col];
        if (cell >= 0) pixels[y * wide + x] = (x + y) % 7 < 2 ? stripe[cell] : colour[cell];
      }
    }
  }
}
