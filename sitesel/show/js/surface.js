// The suitability surface: one colour a cell, painted pixel by pixel in the grid's own projection.

import { albers } from "./albers.js";
import { colour, RAMP } from "./colours.js";
import { scoreOf, SIDES } from "./decide.js";
import { latitude, sums } from "./payload.js";
import { known } from "./words.js";

const OPEN = ["PASS", "CONDITIONAL"];
const UNKNOWN = 255;
const TOP = 250;
const KNOWN = 1024; // more than all the points there are

/** A byte of the surface as a value 0..1; null when unknown or not applicable. @param {number} byte */
export const valueOf = (byte) => (byte <= TOP ? byte / TOP : null);

/** @param {string} hex @param {number} [shade] */
function rgba(hex, shade = 1) {
  const [r, g, b] = [1, 3, 5].map((at) => Math.round(parseInt(hex.slice(at, at + 2), 16) * shade));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** Planes one after the other to all figures of a cell one after the other. @param {Uint8Array} planes @param {number} count */
function byCell(planes, count) {
  const kinds = planes.length / count;
  const turned = new Uint8Array(planes.length);
  for (let c = 0, from = 0; c < kinds; c++) for (let at = c; at < planes.length; at += kinds) turned[at] = planes[from++];
  return turned;
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
    /** score, low and high under the weights of the file, one plane after the other */
    this.first = sums(arrays.cell_score, this.count);
    this.score = this.first.slice(0, this.count);
    /** @type {number[][]|null} shares of the US and of Mexico, when they are not those of the file */
    this.weights = null;
    /** @type {number[]} */
    this.unknown = [];
    this.values = byCell(sums(arrays.cell_values, this.count), this.count);
    this.gates = sums(arrays.cell_gates, this.count);
    this.projection = albers(grid.projection);
    this.top = this.left = this.height = this.width = 0;
    this.lookup = new Int32Array(0);
    this._index();
    this.colours = new Uint32Array(2 * this.count); // of each cell: plain, and in the stripes of the hatching
    /** @type {any} what the last view showed where */
    this.sight = null;
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

  /** @param {number} byte */
  _class(byte) {
    return byte === UNKNOWN ? -1 : this.grid.breaks.filter((/** @type {number} */ cut) => byte / TOP >= cut).length;
  }

  /** Score every cell under other weights: shares of one by side, as in decide.js. @param {Record<string, number[]>} shares @param {number[]} unknown what an unknown counts as */
  reweigh(shares, unknown) {
    const { count, side, values, score } = this;
    this.weights = SIDES.map((name) => shares[name]);
    this.unknown = unknown;
    const kinds = unknown.length;
    // What each byte of each criterion adds on a side, and KNOWN where a value weighs anything.
    const adds = this.weights.map((own) => {
      const add = new Float64Array(256 * kinds);
      own.forEach((weight, c) => {
        if (!weight) return;
        for (let byte = 0; byte <= TOP; byte++) add[(c << 8) | byte] = KNOWN + (weight * byte) / TOP;
        add[(c << 8) | UNKNOWN] = weight * unknown[c];
      });
      return add;
    });
    for (let i = 0, at = 0; i < count; i++) {
      const add = adds[side[i]];
      let sum = 0;
      for (let c = 0; c < kinds; c++) sum += add[(c << 8) | values[at++]];
      score[i] = sum < KNOWN ? UNKNOWN : (sum % KNOWN) * TOP + 0.5;
    }
    this.recolour();
  }

  /** Score of a cell and its bounds, 0..1, null where unknown. @param {number} cell */
  interval(cell) {
    const { weights, unknown, values, count } = this;
    const [score, low, high] = [0, 1, 2].map((n) => valueOf(this.first[n * count + cell]));
    if (!weights) return { score, score_low: low, score_high: high };
    const found = scoreOf(unknown.map((_, c) => valueOf(values[cell * unknown.length + c])), weights[this.side[cell]], unknown);
    return { score: known(found.score), score_low: found.low, score_high: found.high };
  }

  /** Take the scores of the file again, to the byte. */
  restore() {
    this.weights = null;
    this.score.set(this.first.subarray(0, this.count));
    this.recolour();
  }

  /** Set the colours of every cell anew. */
  recolour() {
    const { verdicts } = this.grid;
    const [ramp, unsure, stripe] = [RAMP.map(colour), rgba(colour("unsure")), Number(colour("stripe"))];
    const plain = new Uint32Array(256 * verdicts.length);
    const striped = new Uint32Array(256 * verdicts.length);
    verdicts.forEach((/** @type {string} */ verdict, /** @type {number} */ v) => {
      for (let byte = 0; byte < 256; byte++) {
        const found = OPEN.includes(verdict) ? this._class(byte) : -1;
        const at = v * 256 + byte;
        plain[at] = found < 0 ? 0 : rgba(ramp[found]);
        striped[at] = found >= 0 && verdict === "CONDITIONAL" ? rgba(ramp[found], stripe) : verdict === "UNKNOWN" ? unsure : plain[at];
      }
    });
    for (let i = 0; i < this.count; i++) {
      const at = this.verdict[i] * 256 + this.score[i];
      this.colours[2 * i] = plain[at];
      this.colours[2 * i + 1] = striped[at];
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

  /** @param {import("./scene.js").Pen} pen */
  paint(pen) {
    if (this.sight?.here !== pen.here) this.sight = { here: pen.here, ...this._sight(pen) };
    const { canvas, image, cells } = this.sight;
    const [pixels, { colours }] = [new Uint32Array(image.data.buffer), this];
    for (let at = 0; at < cells.length; at++) if (cells[at] >= 0) pixels[at] = colours[cells[at]];
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    pen.ctx.imageSmoothingEnabled = false;
    pen.ctx.globalAlpha = 0.92;
    pen.ctx.drawImage(canvas, 0, 0);
  }

  /** Which colour of which cell each pixel of a view shows, below 0 where there is none; found once a view. @param {import("./scene.js").Pen} pen */
  _sight(pen) {
    const { projection, lookup, width, height, left } = this;
    const [wide, high] = [Math.ceil(pen.width), Math.ceil(pen.height)];
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [wide, high];
    const cells = new Int32Array(wide * high).fill(-1);
    const scale = 1 / this.grid.size;
    const turn = Float64Array.from({ length: wide }, (_, x) => projection.angle(((x + 0.5 + pen.dx) / pen.scale - 0.5) * 360));
    const [sine, cosine] = [turn.map((angle) => Math.sin(angle) * scale), turn.map((angle) => Math.cos(angle) * scale)];
    const base = projection.origin * scale - this.top;
    for (let y = 0; y < high; y++) {
      const r = projection.radius(latitude((y + 0.5 + pen.dy) / pen.scale));
      for (let x = 0; x < wide; x++) {
        const col = Math.floor(r * sine[x] - left);
        const row = Math.floor(base - r * cosine[x]);
        if (col >= 0 && row >= 0 && col < width && row < height) cells[y * wide + x] = 2 * lookup[row * width + col] + ((x + y) % 7 < 2 ? 1 : 0);
      }
    }
    return { canvas, cells, image: new ImageData(wide, high) };
  }
}
