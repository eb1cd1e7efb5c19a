// Names on the map: the important ones first, and never one over another.

import { colour } from "./colours.js";
import { state } from "./state.js";
import { inside, mercatorX, mercatorY } from "./payload.js";
import { apart } from "./scene.js";

/** @typedef {{x: number, y: number, text: string, size: number, weight: number, color: string, spaced?: boolean, centred?: boolean, from: number, layer?: string, people?: number, shape?: any, seen?: any}} Name */

const SMALLEST = [
  [6, 250000],
  [7, 90000],
  [8, 30000],
  [9, 9000],
  [10, 2500],
];

// Cities at the border matter most here; a gate this near (in map units, some 40 km) tells them.
const NEAR_GATE = 0.0012;
const CLOSE = 8; // zoom from which the middle of a state is seldom in sight

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
      if (text && box) names.push({ x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2, text: String(text).toUpperCase(), size: 11, weight: 500, color: "name-state", spaced: true, centred: true, from: 5, shape: layer.drawn.shapes[n] });
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
    if (text && x !== undefined) names.push({ x, y, text: String(text), size: count > 500000 ? 15 : count > 90000 ? 13 : 11.5, weight: count > 500000 ? 600 : 400, color: "name", from: from - 0.3, people: count, layer: "places" });
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
    .map((port) => ({ x: mercatorX(port.lon), y: mercatorY(port.lat), text: String(port.name ?? ""), size: 11, weight: 600, color: "mark", from: 9, layer: "ports_of_entry" }));
}

/** @param {import("./scene.js").Pen} pen @param {Name[]} names @param {number[][]} taken */
export function paintNames(pen, names, taken) {
  const { ctx, zoom } = pen;
  Object.assign(ctx, { textBaseline: "middle", lineJoin: "round", textAlign: "left" });
  const shown = names.filter((name) => zoom >= name.from && (!name.layer || state.layers.has(name.layer)));
  const dots = shown.filter((name) => name.people).map((name) => dotBox(pen, name)).filter((box) => !apart(box, [0, 0, pen.width, pen.height]));
  const placed = /** @type {number[][]} */ ([]);
  for (const name of shown) {
    const [x, y] = [name.x * pen.scale - pen.dx, name.y * pen.scale - pen.dy];
    const inView = name.shape && zoom > CLOSE;
    if (inView ? apart(name.shape.box, pen.box) : x < 0 || y < 0 || x > pen.width || y > pen.height) continue;
    ctx.font = `${inView ? 600 : name.weight} ${name.size}px system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif`;
    if ("letterSpacing" in ctx) ctx.letterSpacing = name.spaced ? "3px" : "0px";
    const wide = ctx.measureText(name.text).width;
    const offered = inView ? within(pen, name, wide) : spots(name, x, y, wide);
    const own = dotBox(pen, name);
    const free = (/** @type {number[]} */ box) => whole(box, pen.frame) && taken.every((other) => apart(box, other));
    const spot = offered.find((box) => free(box) && !apart(box, pen.frame) && dots.every((other) => apart(box, other))) ?? offered.find(free);
    if (!spot || (name.people && placed.some((other) => !apart(own, other)))) continue;
    if (name.people && taken.every((other) => apart(own, other))) dot(ctx, x, y);
    taken.push(spot, ...(name.people ? [own] : []));
    placed.push(spot);
    ctx.lineWidth = 3.5;
    ctx.strokeStyle = colour("name-halo");
    ctx.strokeText(name.text, spot[0] + 3, (spot[1] + spot[3]) / 2);
    ctx.fillStyle = colour(name.color);
    ctx.fillText(name.text, spot[0] + 3, (spot[1] + spot[3]) / 2);
  }
}

/** Where a name may stand: centred, or right, left, above, below its point. @param {Name} name @param {number} x @param {number} y @param {number} wide */
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

/** Where the name of a state may stand in a view: on its own land, near the middle of what is in sight of that. */
/** @param {import("./scene.js").Pen} pen @param {Name} name @param {number} wide @returns {number[][]} */
function within({ here, frame, scale, dx, dy }, name, wide) {
  if (name.seen?.here === here) return name.seen.boxes;
  const [w, h] = [wide + 6, name.size + 4];
  const own = (/** @type {number} */ x, /** @type {number} */ y) => inside(name.shape, (x + dx) / scale, (y + dy) / scale);
  /** @type {number[][]} */
  const boxes = [];
  for (let y = frame[1] + h; y < frame[3] - h; y += 2 * h) {
    for (let x = frame[0] + 8; x < frame[2] - w; x += w / 3) if (own(x, y) && own(x + w, y) && own(x + w / 2, y)) boxes.push([x, y - h / 2, x + w, y + h / 2]);
  }
  const middle = [0, 1].map((at) => boxes.reduce((sum, box) => sum + box[at], 0) / boxes.length);
  const far = (/** @type {number[]} */ box) => Math.hypot(box[0] - middle[0], box[1] - middle[1]);
  name.seen = { here, boxes: boxes.sort((a, b) => far(a) - far(b)) };
  return name.seen.boxes;
}

/** Does the edge of the visible map leave a name whole? @param {number[]} box @param {number[]} frame */
const whole = (box, frame) => apart(box, frame) || (box[0] >= frame[0] && box[1] >= frame[1] && box[2] <= frame[2] && box[3] <= frame[3]);

/** What the dot of a town covers. @param {import("./scene.js").Pen} pen @param {Name} name */
function dotBox({ scale, dx, dy }, { x, y }) {
  return [x * scale - dx - 2, y * scale - dy - 2, x * scale - dx + 2, y * scale - dy + 2];
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y */
function dot(ctx, x, y) {
  ctx.beginPath();
  ctx.arc(x, y, 2, 0, 7);
  ctx.fillStyle = colour("name");
  ctx.fill();
}
