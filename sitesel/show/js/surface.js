// The suitability surface: one colour a cell, painted pixel by pixel in the grid's own projection.

import { albers } from "./albers.js";
import { colour, RAMP } from "./colours.js";
import { scoreOf, SIDES } from "./decide.js";
import { latitude, longitude, sums } from "./payload.js";
import { known } from "./words.js";

const UNKNOWN = 255;
const TOP = 250;
const KNOWN = 1024; // more than all the points there are, and a power of two

/** A byte of the surface as a value 0..1; null when unknown or not applicable. */
export const valueOf = (byte) => (byte <= TOP ? byte / TOP : null);

/** A colour #rrggbb as a pixel. */
function rgba(hex, shade = 1) {
  const [r, g, b] = [1, 3, 5].map((at) => Math.round(parseInt(hex.slice(at, at + 2), 16) * shade));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** Planes of differences to all figures of a cell one after the other. */
function byCell(planes, count) {
  const kinds = planes.length / count;
  const turned = new Uint8Array(planes.length);
  for (let c = 0, from = 0; c < kinds; c++) {
    for (let i = 0, sum = 0; i < count; i++) turned[i * kinds + c] = sum += planes[from++];
  }
  return turned;
}

export class Surface {
  /** @param {any} grid @param {Record<string, any>} arrays */
  constructor(grid, arrays) {
    this.grid = grid;
    this.projection = albers(grid.projection);
    this.rows = sums(arrays.cell_row);
    this.cols = sums(arrays.cell_col);
    this.count = this.rows.length;
    this.side = arrays.cell_side.slice();
    this.verdict = arrays.cell_verdict.slice();
    this.values = byCell(arrays.cell_values, this.count);
    this.gates = sums(arrays.cell_gates, this.count);
    /** score, low and high under the weights of the file, one plane after the other */
    this.first = sums(arrays.cell_score, this.count);
    this.score = this.first.slice(0, this.count);
    /** @type {number[][]|null} shares of the US and of Mexico, when they are not those of the file */
    this.weights = null;
    this.unknown = [];
    this.lookup = new Int32Array(grid.height * grid.width).fill(-1);
    const { width, top, left } = grid;
    for (let i = 0; i < this.count; i++) this.lookup[(this.rows[i] - top) * width + this.cols[i] - left] = i;
    this.colours = new Uint32Array(2 * this.count); // of each cell: plain, and in the stripes of the hatching
    this.recolour();
  }

  /** Score every cell under other weights: shares of one by side, and what an unknown counts as. */
  reweigh(shares, unknown) {
    const { count, side, values, score } = this;
    this.weights = SIDES.map((name) => shares[name]);
    this.unknown = unknown;
    const kinds = unknown.length;
    // What each byte of each criterion adds on a side, and KNOWN where a value weighs anything.
    const adding = (own) => (_, at) => {
      const [weight, byte] = [own[at >> 8], at & 255];
      if (byte > TOP) return byte === UNKNOWN ? weight * unknown[at >> 8] : 0;
      return weight && KNOWN + (weight * byte) / TOP;
    };
    const adds = this.weights.map((own) => Float64Array.from({ length: 256 * kinds }, adding(own)));
    for (let i = 0, at = 0; i < count; i++) {
      const add = adds[side[i]];
      let sum = 0;
      for (let c = 0; c < kinds; c++) sum += add[(c << 8) | values[at++]];
      score[i] = sum < KNOWN ? UNKNOWN : (sum - (sum & -KNOWN)) * TOP + 0.5;
    }
    this.recolour();
  }

  /** Score of a cell and its bounds, 0..1, null where unknown. */
  interval(cell) {
    const { first, weights, unknown, values, count } = this;
    const [score, score_low, score_high] = [0, 1, 2].map((n) => valueOf(first[n * count + cell]));
    if (!weights) return { score, score_low, score_high };
    const own = unknown.map((_, c) => valueOf(values[cell * unknown.length + c]));
    const found = scoreOf(own, weights[this.side[cell]], unknown);
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
    const { grid: { verdicts, breaks }, count, verdict, score, colours } = this;
    const shades = RAMP.map((name) => [1, Number(colour("stripe"))].map((shade) => rgba(colour(name), shade)));
    const pair = (name, byte) => {
      if (name === "UNKNOWN") return [0, rgba(colour("unsure"))];
      if (name === "FAIL" || byte > TOP) return [0, 0];
      const [plain, dark] = shades[breaks.filter((cut) => byte / TOP >= cut).length];
      return [plain, name === "CONDITIONAL" ? dark : plain];
    };
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    const table = Uint32Array.from(verdicts.flatMap((name) => bytes.flatMap((byte) => pair(name, byte))));
    for (let i = 0; i < count; i++) {
      const at = 2 * (verdict[i] * 256 + score[i]);
      colours[2 * i] = table[at];
      colours[2 * i + 1] = table[at + 1];
    }
  }

  /** The cell at a place, or -1. */
  at(lon, lat) {
    const [col, row] = this.projection.xy(lon, lat).map((metres) => Math.floor(metres / this.grid.size));
    return this._cell(row - this.grid.top, col - this.grid.left);
  }

  /** The cell of a row and a column, counted from those of the first, or -1. */
  _cell(row, col) {
    const { height, width } = this.grid;
    return row >= 0 && col >= 0 && row < height && col < width ? this.lookup[row * width + col] : -1;
  }

  /** @param {import("./scene.js").Pen} pen */
  paint(pen) {
    if (this.sight?.pen !== pen) this.sight = { pen, ...this._sight(pen) };
    const { image, cells } = this.sight;
    const [pixels, { colours }] = [new Uint32Array(image.data.buffer), this];
    for (let at = 0; at < cells.length; at++) if (cells[at] >= 0) pixels[at] = colours[cells[at]];
    pen.ctx.putImageData(image, 0, 0);
  }

  /** Which colour of which cell each pixel of a view shows, below 0 where there is none; found once a view. */
  _sight({ room, scale, dx, dy }) {
    const { projection, grid: { size, top, left } } = this;
    const [wide, high] = [Math.ceil(room[2]), Math.ceil(room[3])];
    const cells = new Int32Array(wide * high);
    const turn = Float64Array.from({ length: wide }, (_, x) => projection.angle(longitude((x + 0.5 + dx) / scale)));
    const [sine, cosine] = [turn.map((angle) => Math.sin(angle) / size), turn.map((angle) => Math.cos(angle) / size)];
    const base = projection.origin / size - top;
    for (let y = 0; y < high; y++) {
      const r = projection.radius(latitude((y + 0.5 + dy) / scale));
      for (let x = 0; x < wide; x++) {
        const cell = this._cell(Math.floor(base - r * cosine[x]), Math.floor(r * sine[x] - left));
        cells[y * wide + x] = 2 * cell + ((x + y) % 7 < 2 ? 1 : 0);
      }
    }
    return { cells, image: new ImageData(wide, high) };
  }
}
