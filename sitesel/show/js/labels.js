// Names on the map: the important ones first, and never one over another.

import { state } from "./state.js";
import { mercatorX, mercatorY } from "./payload.js";

/** @typedef {{x: number, y: number, text: string, size: number, weight: number, color: string, spaced?: boolean, centred?: boolean, from: number, to: number, layer?: string, people?: number}} Name */

const SMALLEST = [
  [6, 250000],
  [7, 90000],
  [8, 30000],
  [9, 9000],
  [10, 2500],
];

// Cities at the border matter most here; a gate this near (in map units, some 40 km) tells them.
const NEAR_GATE = 0.0012;

/** @param {any} layer @param {string} field */
const column = (layer, field) => layer?.drawn?.rows?.[field] ?? null;

/** @param {any[]} layers @returns {Name[]} states and cities */
export function fixedNames(layers) {
  /** @type {Name[]} */
  const names = [];
  for (const id of ["us_states", "mx_states"]) {
    const layer = layers.find((one) => one.id === id);
    const words = layer?.drawn?.names ?? column(layer, "name");
    words?.forEach((/** @type {any} */ text, /** @type {number} */ n) => {
      const box = widest(layer.drawn.shapes[n]);
      if (text && box) names.push({ x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2, text: String(text).toUpperCase(), size: 11, weight: 500, color: "#7b7566", spaced: true, centred: true, from: 5, to: 8 });
    });
  }
  const places = layers.find((one) => one.id === "places");
  const people = column(places, "population");
  const gates = (layers.find((one) => one.id === "ports_of_entry")?.drawn?.shapes ?? []).map((/** @type {any} */ shape) => shape.parts[0]);
  places?.drawn?.names?.forEach((/** @type {any} */ text, /** @type {number} */ n) => {
    const [x, y] = places.drawn.shapes[n].parts[0] ?? [];
    const border = gates.some((/** @type {number[]} */ gate) => Math.hypot(gate[0] - x, gate[1] - y) < NEAR_GATE);
    const count = (people?.[n] ?? 0) * (border ? 4 : 1);
    const from = (SMALLEST.find(([, least]) => count >= least) ?? [11.3])[0];
    if (text && x !== undefined) names.push({ x, y, text: String(text), size: count > 500000 ? 15 : count > 90000 ? 13 : 11.5, weight: count > 500000 ? 600 : 400, color: "#26251f", from: from - 0.3, to: 20, people: count, layer: "places" });
  });
  return names.sort((a, b) => (b.people ?? 0) - (a.people ?? 0));
}

/** @param {any} shape */
function widest(shape) {
  const size = (/** @type {number[]} */ box) => (box[2] - box[0]) * (box[3] - box[1]);
  return shape.boxes.reduce((/** @type {any} */ best, /** @type {any} */ box) => (!best || size(box) > size(best) ? box : best), null);
}

/** @param {any[]} ports @returns {Name[]} */
export function portNames(ports) {
  return ports
    .filter((port) => port.open)
    .sort((a, b) => (b.trucks ?? 0) - (a.trucks ?? 0))
    .map((port) => ({ x: mercatorX(port.lon), y: mercatorY(port.lat), text: String(port.name ?? ""), size: 11, weight: 600, color: "#24364b", from: 9, to: 20, layer: "ports_of_entry" }));
}

/** @param {import("./scene.js").Pen} pen @param {Name[]} names @param {number[][]} taken */
export function paintNames(pen, names, taken) {
  const { ctx, zoom } = pen;
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  ctx.textAlign = "left";
  for (const name of names) {
    if (zoom < name.from || zoom > name.to || (name.layer && !state.layers.has(name.layer))) continue;
    const x = name.x * pen.scale - pen.dx;
    const y = name.y * pen.scale - pen.dy;
    if (x < 0 || y < 0 || x > pen.width || y > pen.height) continue;
    ctx.font = `${name.weight} ${name.size}px system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif`;
    if ("letterSpacing" in ctx) ctx.letterSpacing = name.spaced ? "3px" : "0px";
    const wide = ctx.measureText(name.text).width;
    const spot = spots(name, x, y, wide).find((box) => whole(box, pen.frame) && taken.every((other) => clear(box, other)));
    if (!spot) continue;
    taken.push(spot);
    if (name.people) dot(ctx, x, y);
    ctx.lineWidth = 3.5;
    ctx.strokeStyle = "rgba(255,255,255,.9)";
    ctx.strokeText(name.text, spot[0] + 3, (spot[1] + spot[3]) / 2);
    ctx.fillStyle = name.color;
    ctx.fillText(name.text, spot[0] + 3, (spot[1] + spot[3]) / 2);
  }
}

/** Where a name may stand: centred, or right, left, above, below its point. */
/** @param {Name} name @param {number} x @param {number} y @param {number} wide */
function spots(name, x, y, wide) {
  const [w, h] = [wide + 6, name.size + 4];
  const box = (/** @type {number} */ left, /** @type {number} */ top) => [left, top, left + w, top + h];
  if (name.centred) return [box(x - w / 2, y - h / 2)];
  const gaps = (name.people ?? 0) > 250000 ? [4, 14, 24] : [name.people ? 4 : 8];
  return gaps.flatMap((gap) => [
    box(x + gap, y - h / 2), box(x - w - gap, y - h / 2), box(x - w / 2, y - h - gap), box(x - w / 2, y + gap),
    box(x + gap, y - h), box(x - w - gap, y - h), box(x + gap, y), box(x - w - gap, y),
  ]);
}

/** @param {number[]} a @param {number[]} b */
const clear = (a, b) => a[2] < b[0] || a[0] > b[2] || a[3] < b[1] || a[1] > b[3];

/** Does the edge of the visible map leave a name whole? @param {number[]} box @param {number[]} frame */
const whole = (box, frame) => clear(box, frame) || (box[0] >= frame[0] && box[1] >= frame[1] && box[2] <= frame[2] && box[3] <= frame[3]);

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y */
function dot(ctx, x, y) {
  ctx.beginPath();
  ctx.arc(x, y, 2, 0, 7);
  ctx.fillStyle = "#26251f";
  ctx.fill();
}
