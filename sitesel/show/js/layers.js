// Layers of the catalogue on the map, and what of them lies at a place; how they look comes with them.

import { apart, ink, trace } from "./scene.js";
import { inside, union } from "./payload.js";
import { state } from "./state.js";

// How many corners a mark has, and the turn of the first; so many look round.
const CORNERS = { circle: 36, square: 4, diamond: 4, bar: 4, triangle: 3, hexagon: 6 };
const TURNS = { square: 0.785, bar: 0.4, triangle: -1.571 };

// Features in force (or of a layer that knows no such thing), those that are not, and those that may be.
const FORCES = [
  { force: 1, fill: 1, stroke: 1 },
  { force: 0, fill: 0, stroke: 0.45, dash: [1, 3] },
  { force: null, fill: 0.5, stroke: 1, dash: [2, 4] },
];

const forceOf = (drawn, n) => (drawn.in_force ? drawn.in_force[n] : 1);
const radius = (drawn, n) => drawn.radii?.[n] ?? 4.2;

/** Give each layer its shapes, once; switch on those that the map starts with. */
export function dress(layers, shapes) {
  for (const { id, drawn } of layers) {
    if (!drawn) continue;
    drawn.shapes = drawn.shapes.map((n) => shapes[n]);
    drawn.box = union(drawn.shapes.map((shape) => shape.box));
    if (drawn.show) state.layers.add(id);
  }
}

/** What paints those of the layers that are switched on. @returns {(pen: import("./scene.js").Pen) => void} */
export const painter = (layers) => (pen) => {
  for (const { id, drawn } of layers) {
    if (!state.layers.has(id) || apart(drawn.box, pen.box) || pen.zoom < drawn.look.from) continue;
    if (drawn.kind === "point") paintPoints(pen, drawn);
    else paintShapes(pen, drawn);
  }
};

function paintShapes(pen, drawn) {
  const { ctx, zoom } = pen;
  const { look } = drawn;
  const width = look.width * (zoom >= 9 ? 1.3 : zoom < 6.5 ? 0.7 : 1);
  ctx.lineJoin = "round";
  for (const { force, fill, stroke, dash = look.dash } of FORCES) {
    const path = trace(pen, drawn.shapes.filter((_, n) => forceOf(drawn, n) === force));
    ctx.globalAlpha = fill;
    ink(ctx, path, { fill: look.fill });
    ctx.globalAlpha = stroke;
    if (look.casing && zoom >= 8) ink(ctx, path, { stroke: look.casing, width: look.width + 2.2 });
    ink(ctx, path, { stroke: (zoom < 7 && look.far) || look.stroke, width, dash });
  }
  ctx.globalAlpha = 1;
}

function paintPoints({ ctx, at, box, zoom }, drawn) {
  const { mark, alpha, fill, ...edge } = drawn.look;
  const far = zoom < 7 ? 0.5 : zoom < 8.5 ? 0.75 : 1;
  drawn.shapes.forEach((shape, n) => {
    if (apart(shape.box, box)) return;
    const [x, y] = at(shape.box[0], shape.box[1]);
    const path = new Path2D(outline(mark, x, y, far * radius(drawn, n)));
    ctx.globalAlpha = forceOf(drawn, n) === 1 ? alpha : 0.4;
    ink(ctx, path, { fill });
    ctx.globalAlpha = 1;
    ink(ctx, path, edge);
  });
}

/** A mark round a place, as a path of SVG. */
export function outline(mark, x, y, r) {
  const reach = mark === "circle" ? r : 1.2 * r;
  const [length, turn] = [CORNERS[mark], TURNS[mark] ?? 0];
  const angles = Array.from({ length }, (_, n) => turn + (2 * Math.PI * n) / length);
  return `M${angles.map((angle) => `${x + reach * Math.cos(angle)} ${y + reach * Math.sin(angle)}`).join("L")}Z`;
}

/** The topmost feature of the switched-on layers at a place. @param {number} x @param {number} y Mercator */
export function featureAt(layers, x, y, scale) {
  const near = (drawn, [left, top], n) => Math.hypot(left - x, top - y) * scale < radius(drawn, n) + 3;
  const hits = {
    point: (drawn) => drawn.shapes.findIndex((shape, n) => near(drawn, shape.box, n)),
    area: (drawn) => drawn.shapes.findIndex((shape) => inside(shape, x, y)),
  };
  const shown = layers.filter(({ id, drawn }) => drawn && !drawn.background && state.layers.has(id)).reverse();
  const found = Object.keys(hits).flatMap((kind) => shown.filter(({ drawn }) => drawn.kind === kind));
  for (const layer of found) {
    const n = hits[layer.drawn.kind](layer.drawn);
    if (n >= 0) return { layer, n };
  }
  return null;
}
