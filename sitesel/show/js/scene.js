// Sheets of canvas over the map, one over the other; each is painted whenever the view has moved.

import { colour } from "./colours.js";
import { el } from "./dom.js";

/**
 * What a painter gets, the same one until the view or the layers change. Boxes are [left, top, right, bottom], in
 * pixels of the sheet: `room` all of it, `frame` what is in sight, `covered` what lies under other things; `box` is
 * `room` in Web Mercator (0..1). `at` and `scale`, `dx` and `dy` turn Web Mercator into pixels of the sheet.
 * @typedef {{ctx: CanvasRenderingContext2D, zoom: number, room: number[], frame: number[], covered?: number[][],
 *   box: number[], scale: number, dx: number, dy: number, at: (x: number, y: number) => number[]}} Pen
 */

const Sheet = L.Renderer.extend({
  options: { padding: 0.2 },
  _initContainer() {
    this._container = el("canvas", { "aria-hidden": "true", class: this.options.name });
  },
  _reset() {}, // Leaflet has just said "moveend", and its own shift by part of a pixel blurs
  _updatePaths() {},
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    if (document.body.classList.contains("with-sheet")) this._renew();
    const [canvas, { x: width, y: height }] = [this._container, this._bounds.getSize()];
    const ratio = this.options.ratio ?? Math.min(window.devicePixelRatio || 1, 2);
    L.DomUtil.setPosition(canvas, this._bounds.min);
    Object.assign(canvas, { width: Math.round(ratio * width), height: Math.round(ratio * height) });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    canvas.getContext("2d").scale(ratio, ratio);
    this._pen = penOf(canvas.getContext("2d"), this._map, this._bounds.min, width, height);
    this._paint();
  },
  /** Take a canvas that was never cleared: Chromium prints the clearing as white over all that lies below. */
  _renew() {
    const canvas = this._container.cloneNode();
    this._container.replaceWith(canvas);
    this._container = canvas;
  },
  paint() {
    this._pen.ctx.clearRect(...this._pen.room);
    this._paint();
  },
  _paint() {
    const { ctx, room } = this._pen;
    if (!room[2] || !room[3]) return; // out of sight
    ctx.save();
    this.options.paint(this._pen);
    ctx.restore();
  },
});

/** @param {any} map @param {any} min the corner of the sheet, as Leaflet has it @returns {Pen} */
function penOf(ctx, map, min, width, height) {
  const [zoom, scale] = [map.getZoom(), 256 * 2 ** map.getZoom()];
  const { x: dx, y: dy } = map.getPixelOrigin().add(min);
  const [seen, from] = [map.getSize(), map.containerPointToLayerPoint([0, 0]).subtract(min)];
  const frame = [from.x, from.y, from.x + seen.x, from.y + seen.y];
  const box = [dx, dy, dx + width, dy + height].map((edge) => edge / scale);
  const at = (x, y) => [x * scale - dx, y * scale - dy];
  return { ctx, zoom, scale, dx, dy, at, room: [0, 0, width, height], frame, box };
}

/**
 * Lay sheets over a map, the lowest first; returns what paints all of them again, or with `false` those not still.
 * @param {any} map @param {Array<{name: string, still: boolean, ratio?: number, paint: (pen: Pen) => void}>} stages
 */
export function scene(map, stages) {
  const sheets = stages.map((stage) => new Sheet(stage).addTo(map));
  let [waiting, all] = [false, false];
  const paint = () => {
    const due = sheets.filter((sheet) => all || !sheet.options.still);
    for (const sheet of due) sheet[all ? "_update" : "paint"]();
    [waiting, all] = [false, false];
  };
  return (everything = true) => {
    if (!waiting) requestAnimationFrame(paint);
    [waiting, all] = [true, all || everything];
  };
}

export const apart = (a, b) => a[2] < b[0] || a[0] > b[2] || a[3] < b[1] || a[1] > b[3];
export const clear = (box, others) => others.every((other) => apart(box, other));
export const around = (x, y, r) => [x - r, y - r, x + r, y + r];

/** Fill a path and draw its line, each in a colour by name if the look has one. */
export function ink(ctx, path, look) {
  const { fill, stroke, width = 1, dash = [] } = look;
  if (fill) {
    ctx.fillStyle = colour(fill);
    ctx.fill(path, "evenodd");
  }
  if (!stroke) return;
  Object.assign(ctx, { strokeStyle: colour(stroke), lineWidth: width });
  ctx.setLineDash(dash);
  ctx.stroke(path);
}

/** The path of shapes, without points that fall on the same pixel. @param {Pen} pen @param {any[]} shapes */
export function trace({ scale, dx, dy, box }, shapes) {
  const path = new Path2D();
  const near = shapes.filter((shape) => !apart(shape.box, box));
  for (const part of near.flatMap(({ parts, boxes }) => parts.filter((_, n) => !apart(boxes[n], box)))) {
    const last = part.length - 2;
    let [px, py] = [Infinity, Infinity];
    for (let i = 0; i <= last; i += 2) {
      const x = part[i] * scale - dx;
      const y = part[i + 1] * scale - dy;
      if (i > 0 && i < last && Math.abs(x - px) < 0.8 && Math.abs(y - py) < 0.8) continue;
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
      px = x;
      py = y;
    }
    if (part[0] === part[last] && part[1] === part[last + 1]) path.closePath();
  }
  return path;
}
