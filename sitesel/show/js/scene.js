// One canvas over the map: painters draw on it in order whenever the view has moved.

import { mercatorX, mercatorY } from "./payload.js";

/**
 * What a painter gets. `x` and `y` turn Web Mercator (0..1) into pixels of the canvas.
 * @typedef {object} Pen
 * @property {CanvasRenderingContext2D} ctx
 * @property {number} zoom
 * @property {number} scale
 * @property {number} dx
 * @property {number} dy
 * @property {number} width
 * @property {number} height
 * @property {number[]} box Mercator bounds of the canvas
 * @property {number[]} frame what of the canvas is in sight, in its pixels
 * @property {number[][]} covered what of it lies under other things, but not on paper
 * @property {string} here the view in one word
 */

/**
 * A painter, and whether its picture stays the same until the view or the layers change.
 * @typedef {{still: boolean, paint: (pen: Pen) => void, picture?: HTMLCanvasElement}} Stage
 */

/**
 * Returns what paints again: everything, or with `false` only the stages that are not still.
 * @param {any} map a Leaflet map @param {Stage[]} stages
 */
export function scene(map, stages) {
  const Scene = L.Renderer.extend({
    options: { padding: 0.2 },
    _initContainer() {
      this._container = document.createElement("canvas");
      this._container.setAttribute("aria-hidden", "true");
    },
    _destroyContainer() {
      this._container.remove();
    },
    _reset() {}, // Leaflet has just said "moveend", and its own shift by part of a pixel blurs
    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const canvas = this._container;
      const size = this._bounds.getSize();
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      L.DomUtil.setPosition(canvas, this._bounds.min);
      canvas.width = Math.round(ratio * size.x);
      canvas.height = Math.round(ratio * size.y);
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
      this._pen = penOf(this._map, this._bounds.min, size, ratio);
      this._paint(true);
    },
    _paint(/** @type {boolean} */ fresh) {
      const canvas = this._container;
      if (!canvas.width || !canvas.height) return; // out of sight, as while a sheet is printed
      const ctx = canvas.getContext("2d");
      ctx.clearRect(0, 0, canvas.width, canvas.height);
      for (const stage of stages) {
        if (!stage.still) onto(ctx, this._pen, stage);
        else {
          if (fresh || !stage.picture) stage.picture = pictured(canvas, this._pen, stage);
          ctx.drawImage(stage.picture, 0, 0);
        }
      }
    },
  });
  const layer = new Scene().addTo(map);
  let [waiting, all] = [false, false];
  return (everything = true) => {
    all ||= everything;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      if (all) layer._update();
      else layer._paint(false);
      [waiting, all] = [false, false];
    });
  };
}

/** @param {CanvasRenderingContext2D} ctx @param {any} pen @param {Stage} stage */
function onto(ctx, pen, stage) {
  ctx.save();
  ctx.setTransform(pen.ratio, 0, 0, pen.ratio, 0, 0);
  stage.paint({ ...pen, ctx });
  ctx.restore();
}

/** @param {HTMLCanvasElement} like @param {any} pen @param {Stage} stage */
function pictured(like, pen, stage) {
  const picture = stage.picture ?? document.createElement("canvas");
  [picture.width, picture.height] = [like.width, like.height];
  onto(/** @type {CanvasRenderingContext2D} */ (picture.getContext("2d")), pen, stage);
  return picture;
}

/** @param {any} map @param {any} min @param {any} size @param {number} ratio pixels of the canvas to one of the page */
function penOf(map, min, size, ratio) {
  const scale = 256 * 2 ** map.getZoom();
  const corner = map.getPixelOrigin().add(min);
  const box = [corner.x, corner.y, corner.x + size.x, corner.y + size.y].map((edge) => edge / scale);
  const [seen, from] = [map.getSize(), map.containerPointToLayerPoint([0, 0]).subtract(min)];
  const frame = [from.x, from.y, from.x + seen.x, from.y + seen.y];
  const here = [scale, corner.x, corner.y, size.x, size.y].join();
  return { ratio, zoom: map.getZoom(), scale, dx: corner.x, dy: corner.y, width: size.x, height: size.y, box, frame, covered: covered(map, from), here };
}

/** The boxes of what lies over the map. @param {any} map @param {{x: number, y: number}} from the corner that is in sight */
function covered(map, from) {
  if (document.body.classList.contains("with-sheet")) return [];
  const { left, top } = map.getContainer().getBoundingClientRect();
  const [dx, dy] = [from.x - left, from.y - top];
  const boxes = Array.from(document.querySelectorAll("#map-room .box, .leaflet-control-zoom"), (one) => one.getBoundingClientRect());
  return boxes.map((box) => [box.left + dx, box.top + dy, box.right + dx, box.bottom + dy]);
}

/** @param {Pen} pen @param {number} lon @param {number} lat */
export function pixel(pen, lon, lat) {
  return [mercatorX(lon) * pen.scale - pen.dx, mercatorY(lat) * pen.scale - pen.dy];
}

/** @param {number[]} a @param {number[]} b */
export function apart(a, b) {
  return a[2] < b[0] || a[0] > b[2] || a[3] < b[1] || a[1] > b[3];
}

/** Add a shape to the current path, without points that fall on the same pixel. @param {Pen} pen @param {import("./payload.js").Shape} shape @param {boolean} close */
export function trace(pen, shape, close) {
  const { ctx, scale, dx, dy, box } = pen;
  if (apart(shape.box, box)) return;
  for (let n = 0; n < shape.parts.length; n++) {
    if (apart(shape.boxes[n], box)) continue;
    const part = shape.parts[n];
    const last = part.length - 2;
    let px = NaN;
    let py = NaN;
    for (let i = 0; i <= last; i += 2) {
      const x = part[i] * scale - dx;
      const y = part[i + 1] * scale - dy;
      if (i === 0) ctx.moveTo(x, y);
      else if (i < last && Math.abs(x - px) < 0.8 && Math.abs(y - py) < 0.8) continue;
      else ctx.lineTo(x, y);
      px = x;
      py = y;
    }
    if (close) ctx.closePath();
  }
}
