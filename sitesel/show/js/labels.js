// Names on the map: the important ones first, and never one over another.

import { colour } from "./colours.js";
import { state } from "./state.js";
import { inside } from "./payload.js";
import { apart } from "./scene.js";

const FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
const CLOSE = 8; // zoom from which the middle of a state is seldom in sight
const FAR = 6; // names that are there from farther off matter so much that they may stand off their dot

const PORT = { size: 11, weight: 600, color: "mark", from: 9, layer: "ports_of_entry" };
const TOWN = { color: "name", layer: "places", town: true };
const STATE = { size: 11, weight: 500, color: "name-state", from: 5 };

/** Names of ports, towns and states, in the order in which they find their room. */
export function namesOf(layers, ports) {
  const { places, us_states, mx_states } = Object.fromEntries(layers.map((layer) => [layer.id, layer.drawn]));
  const open = ports.filter((port) => port.open).sort((a, b) => (b.trucks ?? 0) - (a.trucks ?? 0));
  const towns = each(places, (shape, n) => {
    const size = places.sizes[n];
    return { ...TOWN, x: shape.box[0], y: shape.box[1], size, weight: size > 14 ? 600 : 400, from: places.from[n] };
  });
  const states = [us_states, mx_states].flatMap((drawn) => each(drawn, (shape) => ({ ...STATE, shape, ...middle(shape) })));
  for (const name of states) name.text = name.text.toUpperCase();
  return [...open.map(({ x, y, name }) => ({ ...PORT, x, y, text: name })), ...towns, ...states].filter((name) => name.text);
}

/** @returns {any[]} */
const each = (drawn, make) => drawn?.shapes.map((shape, n) => ({ text: String(drawn.names?.[n] ?? ""), ...make(shape, n) })) ?? [];

/** The middle of the largest part. */
function middle({ boxes }) {
  const size = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  const [left, top, right, bottom] = boxes.reduce((best, box) => (size(box) > size(best) ? box : best));
  return { x: (left + right) / 2, y: (top + bottom) / 2 };
}

/** @param {import("./scene.js").Pen} pen @param {any[]} names @param {number[][]} marks boxes that are taken already */
export function paintNames(pen, names, marks) {
  const { ctx, zoom, frame } = pen;
  const taken = [...marks, ...covered(frame)];
  Object.assign(ctx, { textBaseline: "middle", textAlign: "left", lineJoin: "round", lineWidth: 3.5 });
  ctx.strokeStyle = colour("name-halo");
  const shown = names.filter((name) => zoom >= name.from && (!name.layer || state.layers.has(name.layer)));
  const dots = shown.filter((name) => name.town).map((name) => dotBox(pen, name)).filter((box) => !apart(box, pen.room));
  const placed = [];
  for (const name of shown) {
    const [x, y] = pen.at(name.x, name.y);
    const roams = name.shape && zoom > CLOSE;
    if (apart(roams ? name.shape.box : [name.x, name.y, name.x, name.y], pen.box)) continue;
    ctx.font = `${roams ? 600 : name.weight} ${name.size}px ${FONT}`;
    ctx.letterSpacing = name.shape ? "3px" : "0px";
    ctx.fillStyle = colour(name.color);
    const [wide, high] = [ctx.measureText(name.text).width + 6, name.size + 4];
    const offered = roams ? within(pen, name, wide, high) : spots(name, x, y, wide, high);
    const own = name.town ? [dotBox(pen, name)] : [];
    const free = (box) => whole(box, frame) && taken.every((other) => apart(box, other));
    const best = (box) => free(box) && !apart(box, frame) && dots.every((other) => apart(box, other));
    const spot = offered.find(best) ?? offered.find(free);
    if (!spot || own.some((dot) => placed.some((other) => !apart(dot, other)))) continue;
    for (const dot of own) if (taken.every((other) => apart(dot, other))) paintDot(ctx, x, y);
    taken.push(spot, ...own);
    placed.push(spot);
    ctx.strokeText(name.text, spot[0] + 3, (spot[1] + spot[3]) / 2);
    ctx.fillText(name.text, spot[0] + 3, (spot[1] + spot[3]) / 2);
  }
}

/** The boxes of what lies over the map, but not on paper, where `frame` is what is in sight. */
function covered(frame) {
  const room = document.getElementById("map-room");
  if (!room || document.body.classList.contains("with-sheet")) return [];
  const { left, top } = room.getBoundingClientRect();
  const [dx, dy] = [frame[0] - left, frame[1] - top];
  const boxes = Array.from(document.querySelectorAll("#map-room .box, .leaflet-control-zoom"), (one) => one.getBoundingClientRect());
  return boxes.map((box) => [box.left + dx, box.top + dy, box.right + dx, box.bottom + dy]);
}

/** Where a name may stand: in the middle of a state, or round the point of something. */
function spots({ shape, town, from }, x, y, wide, high) {
  const box = (left, top) => [left, top, left + wide, top + high];
  const [leftmost, centred, upper, level] = [x - wide, x - wide / 2, y - high, y - high / 2];
  if (shape) return [box(centred, level)];
  const gaps = town && from < FAR ? [4, 14, 24] : [town ? 4 : 8];
  return gaps.flatMap((gap) => [
    box(x + gap, level), box(leftmost - gap, level), box(centred, upper - gap), box(centred, y + gap),
    box(x + gap, upper), box(leftmost - gap, upper), box(x + gap, y), box(leftmost - gap, y),
  ]);
}

/** Where the name of a state may stand: on its own land, near the middle of what is in sight of that. */
function within(pen, name, wide, high) {
  if (name.pen === pen) return name.boxes;
  const { frame, scale, dx, dy } = pen;
  const own = (x, y) => inside(name.shape, (x + dx) / scale, (y + dy) / scale);
  const boxes = [];
  for (let y = frame[1] + high; y < frame[3] - high; y += 2 * high) {
    for (let x = frame[0] + 8; x < frame[2] - wide; x += wide / 3) {
      if ([x, x + wide, x + wide / 2].every((at) => own(at, y))) boxes.push([x, y - high / 2, x + wide, y + high / 2]);
    }
  }
  const [left, top] = [0, 1].map((at) => boxes.reduce((sum, box) => sum + box[at], 0) / boxes.length);
  const far = (box) => Math.hypot(box[0] - left, box[1] - top);
  Object.assign(name, { pen, boxes: boxes.sort((a, b) => far(a) - far(b)) });
  return boxes;
}

/** Does the edge of the visible map leave a name whole? */
const whole = (box, frame) => apart(box, frame) || (box[0] >= frame[0] && box[1] >= frame[1] && box[2] <= frame[2] && box[3] <= frame[3]);

/** What the dot of a town covers. */
function dotBox({ at }, name) {
  const [x, y] = at(name.x, name.y);
  return [x - 2, y - 2, x + 2, y + 2];
}

function paintDot(ctx, x, y) {
  ctx.beginPath();
  ctx.arc(x, y, 2, 0, 7);
  ctx.fill();
}
