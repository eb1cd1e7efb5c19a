// Sheets of canvas over the map, one over the other; each is painted whenever the view has moved.

import { colour } from "./colours.js";
import { el } from "./dom.js";

/**
 * What a painter gets; it stays the same one until the view moves. Boxes are [left, top, right, bottom].
 * @typedef {object} Pen
 * @property {CanvasRenderingContext2D} ctx
 * @property {number} zoom
 * @property {number} scale pixels to the width of the world
 * @property {number} dx of the sheet's corner, in pixels of the world
 * @property {number} dy
 * @property {(x: number, y: number) => number[]} at Web Mercator (0..1) to pixels of the sheet
 * @property {number[]} box of the sheet in Web Mercator
 * @property {number[]} room the same in its pixels
 * @property {number[]} frame what of that is in sight
 */

const Sheet = L.Renderer.extend({
  options: { padding: 0.2 },
  _initContainer() {
    this._container = el("canvas", { "aria-hidden": "true" });
  },
  _reset() {}, // Leaflet has just said "moveend", and its own shift by part of a pixel blurs
  _updatePaths() {},
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const [canvas, { min }, { x: width, y: height }] = [this._container, this._bounds, this._bounds.getSize()];
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    L.DomUtil.setPosition(canvas, min);
    [canvas.width, canvas.height] = [Math.round(ratio * width), Math.round(ratio * height)];
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    this._pen = { ctx, room: [0, 0, width, height], ...viewOf(this._map, min, width, height) };
    this.paint();
  },
  paint() {
    const { ctx, room } = this._pen;
    if (!room[2] || !room[3]) return; // out of sight
    ctx.clearRect(...room);
    ctx.save();
    this.options.paint(this._pen);
    ctx.restore();
  },
  ask() {
    this._asked ??= requestAnimationFrame(() => {
      this._asked = null;
      this.paint();
    });
  },
});

/** What of the world a sheet shows. @param {any} min its corner, as Leaflet has it */
function viewOf(map, min, width, height) {
  const [zoom, scale] = [map.getZoom(), 256 * 2 ** map.getZoom()];
  const { x: dx, y: dy } = map.getPixelOrigin().add(min);
  const [seen, from] = [map.getSize(), map.containerPointToLayerPoint([0, 0]).subtract(min)];
  const box = [dx, dy, dx + width, dy + height].map((edge) => edge / scale);
  const frame = [from.x, from.y, from.x + seen.x, from.y + seen.y];
  return { zoom, scale, dx, dy, box, frame, at: (x, y) => [x * scale - dx, y * scale - dy] };
}

/**
 * Lay sheets over a map, the lowest first; returns what paints all of them again, or with `false` those not still.
 * @param {any} map @param {Array<{still: boolean, paint: (pen: Pen) => void}>} stages
 */
export function scene(map, stages) {
  const sheets = stages.map((stage) => new Sheet(stage).addTo(map));
  return (everything = true) => {
    for (const sheet of sheets) if (everything || !sheet.options.still) sheet.ask();
  };
}

export const apart = (a, b) => a[2] < b[0] || a[0] > b[2] || a[3] < b[1] || a[1] > b[3];

/**
 * Fill the path and draw its line, each in a colour by name if it has one.
 * @param {CanvasRenderingContext2D} ctx @param {{fill?: any, stroke?: any, width?: number, dash?: number[]}} look
 */
export function ink(ctx, { fill, stroke, width = 1, dash = [] }) {
  if (fill) {
    ctx.fillStyle = colour(fill);
    ctx.fill("evenodd");
  }
  if (!stroke) return;
  ctx.setLineDash(dash);
  ctx.lineWidth = width;
  ctx.strokeStyle = colour(stroke);
  ctx.stroke();
}

/** Add a shape to the path, without points that fall on the same pixel. @param {Pen} pen @param {any} shape */
export function trace({ ctx, scale, dx, dy, box }, shape) {
  if (apart(shape.box, box)) return;
  shape.parts.forEach((part, n) => {
    if (apart(shape.boxes[n], box)) return;
    const last = part.length - 2;
    let [px, py] = [NaN, NaN];
    for (let i = 0; i <= last; i += 2) {
      const x = part[i] * scale - dx;
      const y = part[i + 1] * scale - dy;
      if (i === 0) ctx.moveTo(x, y);
      else if (i < last && Math.abs(x - px) < 0.8 && Math.abs(y - py) < 0.8) continue;
      else ctx.lineTo(x, y);
      px = x;
      py = y;
    }
    if (part[0] === part[last] && part[1] === part[last + 1]) ctx.closePath();
  });
}
