// How catalogue layers look, on the map and as a swatch in the legend.

import { colour, lifted } from "./colours.js";
import { state } from "./state.js";
import { apart, trace } from "./scene.js";
import { inside, union } from "./payload.js";

/** Quiet looks of the embedded background, by names of colours. `from` is the zoom at which a layer appears. @type {Record<string, any>} */
const QUIET = {
  land: { fill: "land", stroke: "coast", width: 0.8 },
  mx_states: { stroke: "state", width: 1.1 },
  us_states: { stroke: "state", width: 1.1 },
  municipios: { stroke: "county", width: 0.7, from: 6.5 },
  us_counties: { stroke: "county", width: 0.7, from: 6.5 },
  reservoirs: { fill: "lake", stroke: "shore", width: 0.8 },
  rivers: { stroke: "river", width: 1 },
  roads: { stroke: "road", far: "road-far", width: 0.9, casing: "casing", from: 5 },
  rail: { stroke: "railway", width: 0.9, dash: [5, 3], from: 7 },
  border_line: { stroke: "border", width: 1.8, dash: [9, 3, 2, 3] },
};
const MARKS = ["circle", "square", "triangle", "hexagon", "bar"];

/** Give each layer its shapes and its mark once. @param {any[]} layers @param {any[]} shapes */
export function dress(layers, shapes) {
  let mark = 0;
  for (const layer of layers) {
    const drawn = layer.drawn;
    if (!drawn) continue;
    drawn.shapes = drawn.shapes.map((/** @type {number} */ n) => shapes[n]);
    drawn.box = union(drawn.shapes.map((/** @type {any} */ shape) => shape.box));
    if (drawn.kind === "point") drawn.mark = drawn.size_by ? "circle" : MARKS[mark++ % MARKS.length];
    if (drawn.size_by) drawn.largest = Math.max(...drawn.rows[drawn.size_by].map((/** @type {any} */ v) => v ?? 0));
    if (layer.id === "ports_of_entry") drawn.mark = "diamond";
    if (drawn.show) state.layers.add(layer.id);
  }
  tint(layers);
}

/** Give each layer its look in the colours of now. @param {any[]} layers */
export function tint(layers) {
  for (const layer of layers) if (layer.drawn) layer.drawn.look = lookOf(layer);
}

/** @param {any} layer */
function lookOf(layer) {
  const { color, width, kind, background } = layer.drawn;
  if (layer.id === "ports_of_entry") return { fill: colour("halo"), stroke: colour("mark"), width: 2, dash: [], outline: true };
  const quiet = background && QUIET[layer.id];
  if (quiet) return Object.fromEntries(Object.entries(quiet).map(([name, value]) => [name, typeof value === "string" ? colour(value) : value]));
  const stroke = lifted(color);
  return { fill: kind === "area" ? `${stroke}26` : stroke, stroke, width: Math.max(width, 1.2), dash: layer.approximate ? [5, 4] : [] };
}

/** @param {any[]} layers @param {(layer: any) => boolean} wanted @returns {(pen: import("./scene.js").Pen) => void} */
export function painter(layers, wanted) {
  return (pen) => {
    for (const layer of layers) {
      if (layer.drawn && state.layers.has(layer.id) && wanted(layer) && !apart(layer.drawn.box, pen.box)) {
        if (layer.drawn.kind === "point") paintPoints(pen, layer);
        else paintShapes(pen, layer);
      }
    }
  };
}

/** @param {import("./scene.js").Pen} pen @param {any} layer */
function paintShapes(pen, layer) {
  const { ctx, zoom } = pen;
  const { look, shapes, kind, in_force: force } = layer.drawn;
  if (look.from && zoom < look.from) return;
  ctx.lineJoin = "round";
  const groups = force ? [1, 0, null] : [undefined];
  for (const group of groups) {
    ctx.beginPath();
    shapes.forEach((/** @type {any} */ shape, /** @type {number} */ n) => {
      if (!force || force[n] === group) trace(pen, shape, kind === "area");
    });
    ctx.globalAlpha = group === 0 ? 0.45 : 1;
    if (kind === "area" && look.fill && group !== 0) {
      ctx.fillStyle = look.fill;
      ctx.globalAlpha = group === null ? 0.5 : 1;
      ctx.fill("evenodd");
      ctx.globalAlpha = 1;
    }
    if (look.casing && zoom >= 8) {
      ctx.setLineDash([]);
      ctx.lineWidth = look.width + 2.2;
      ctx.strokeStyle = look.casing;
      ctx.stroke();
    }
    ctx.setLineDash(group === 0 ? [1, 3] : group === null ? [2, 4] : (look.dash ?? []));
    ctx.lineWidth = look.width * (zoom >= 9 ? 1.3 : zoom < 6.5 ? 0.7 : 1);
    ctx.strokeStyle = zoom < 7 && look.far ? look.far : look.stroke;
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

/** @param {any} drawn @param {number} n @param {number} [zoom] */
function radius(drawn, n, zoom = 9) {
  const far = zoom < 7 ? 0.5 : zoom < 8.5 ? 0.75 : 1;
  if (!drawn.size_by || !drawn.largest) return 4.2 * far;
  return far * (3 + 13 * Math.sqrt((drawn.rows[drawn.size_by][n] ?? 0) / drawn.largest));
}

/** @param {import("./scene.js").Pen} pen @param {any} layer */
function paintPoints(pen, layer) {
  const { ctx } = pen;
  const { shapes, look, mark, in_force: force } = layer.drawn;
  shapes.forEach((/** @type {any} */ shape, /** @type {number} */ n) => {
    if (apart(shape.box, pen.box)) return;
    const x = shape.box[0] * pen.scale - pen.dx;
    const y = shape.box[1] * pen.scale - pen.dy;
    markAt(ctx, mark, x, y, radius(layer.drawn, n, pen.zoom));
    ctx.globalAlpha = force && force[n] !== 1 ? 0.4 : layer.drawn.size_by ? 0.6 : 0.85;
    ctx.fillStyle = layer.approximate ? colour("halo") : look.fill;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.setLineDash(layer.approximate ? [2, 2] : []);
    ctx.lineWidth = layer.approximate ? 1.6 : 1.1;
    ctx.strokeStyle = layer.approximate ? look.stroke : colour("halo");
    ctx.stroke();
  });
}

/** @param {CanvasRenderingContext2D} ctx @param {string} mark @param {number} x @param {number} y @param {number} r */
export function markAt(ctx, mark, x, y, r) {
  const corners = { square: [4, 0.785], triangle: [3, -1.571], hexagon: [6, 0], diamond: [4, 0], bar: [4, 0.4] }[mark];
  ctx.beginPath();
  if (!corners) {
    ctx.arc(x, y, r, 0, 7);
    return;
  }
  for (let n = 0; n < corners[0]; n++) {
    const turn = corners[1] + (2 * Math.PI * n) / corners[0];
    ctx.lineTo(x + 1.2 * r * Math.cos(turn), y + 1.2 * r * Math.sin(turn));
  }
  ctx.closePath();
}

/** A small picture of the layer for the list. @param {any} layer @returns {HTMLCanvasElement} */
export function swatch(layer) {
  const canvas = document.createElement("canvas");
  canvas.width = 48;
  canvas.height = 28;
  canvas.className = "swatch";
  canvas.setAttribute("aria-hidden", "true");
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ctx.scale(2, 2);
  const { look, kind, mark } = layer.drawn;
  ctx.lineWidth = Math.max(look.width, 1.3);
  ctx.strokeStyle = look.stroke;
  ctx.fillStyle = look.fill ?? "transparent";
  ctx.setLineDash(look.dash?.length ? [3, 2] : layer.approximate ? [2, 2] : []);
  if (kind === "point") markAt(ctx, mark, 12, 7, 4.4);
  else if (kind === "area") ctx.roundRect?.(2, 1.5, 20, 11, 2);
  else {
    ctx.moveTo(2, 10);
    ctx.bezierCurveTo(9, 1, 14, 13, 22, 4);
  }
  if (kind !== "line" && !(kind === "point" && layer.approximate)) ctx.fill();
  if (kind !== "point" || layer.approximate || look.outline) ctx.stroke();
  return canvas;
}

/** The topmost feature of the switched-on layers at a place. @param {any[]} layers @param {number} x @param {number} y Mercator @param {number} scale */
export function featureAt(layers, x, y, scale) {
  const shown = layers.filter((layer) => layer.drawn && !layer.drawn.background && state.layers.has(layer.id)).reverse();
  for (const layer of shown.filter((one) => one.drawn.kind === "point")) {
    const n = layer.drawn.shapes.findIndex((/** @type {any} */ shape, /** @type {number} */ at) => {
      return Math.hypot(shape.box[0] - x, shape.box[1] - y) * scale < radius(layer.drawn, at) + 3;
    });
    if (n >= 0) return { layer, n };
  }
  for (const layer of shown.filter((one) => one.drawn.kind === "area")) {
    const n = layer.drawn.shapes.findIndex((/** @type {any} */ shape) => inside(shape, x, y));
    if (n >= 0) return { layer, n };
  }
  return null;
}

