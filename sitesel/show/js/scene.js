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
 */

/** @param {any} map a Leaflet map @param {Array<(pen: Pen) => void>} painters */
export function scene(map, painters) {
  const Scene = L.Renderer.extend({
    options: { padding: 0.2 },
    _initContainer() {
      this._container = document.createElement("canvas");
      this._container.setAttribute("aria-hidden", "true");
    },
    _destroyContainer() {
      this._container.remove();
    },
    _reset() {
      this._update(); // Leaflet's own also shifts by part of a pixel, which blurs
    },
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
      const ctx = canvas.getContext("2d");
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      const pen = penOf(this._map, ctx, this._bounds.min, size);
      for (const paint of painters) {
        ctx.save();
        paint(pen);
        ctx.restore();
      }
    },
  });
  const layer = new Scene().addTo(map);
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      layer._update();
    });
  };
}

/** @param {any} map @param {CanvasRenderingContext2D} ctx @param {any} min @param {any} size @returns {Pen} */
function penOf(map, ctx, min, size) {
  const scale = 256 * 2 ** map.getZoom();
  const corner = map.getPixelOrigin().add(min);
  const box = [corner.x, corner.y, corner.x + size.x, corner.y + size.y].map((edge) => edge / scale);
  const [seen, from] = [map.getSize(), map.containerPointToLayerPoint([0, 0]).subtract(min)];
  const frame = [from.x, from.y, from.x + seen.x, from.y + seen.y];
  return { ctx, zoom: map.getZoom(), scale, dx: corner.x, dy: corner.y, width: size.x, height: size.y, box, frame };
}

/** @param {Pen} pen @param {number} lon @param {number} lat */
export function pixel(pen, lon, lat) {
  return [mercatorX(lon) * pen.scale - pen.dx, mercatorY(lat) * pen.scale - pen.dy];
}

/** @param {number[]} a @param {number[]} b */
export function apart(a, b) {
  return a[2] < b[0] || a[0] > b[2] || a[3] < b[1] || a[1] > b[3];
}

/** Add a shape to the current path, without points that fall on the same pixel. */
/** @param {Pen} pen @param {import("./payload.js").Shape} shape @param {boolean} close */
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
