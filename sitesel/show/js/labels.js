// Names on the map: the important ones first, and never one over another.

import { colour } from "./colours.js";
import { state } from "./state.js";
import { outline } from "./layers.js";
import { crossings } from "./payload.js";
import { apart, around, clear } from "./scene.js";
import { both, classWord } from "./words.js";

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
  const gates = open.map(({ x, y, name }) => ({ ...PORT, x, y, text: name }));
  const towns = places?.shapes.map(({ box: [x, y] }, n) => {
    const [text, size, from, lean] = [places.names?.[n], places.sizes[n], places.from[n], places.leans?.[n]];
    return { ...TOWN, x, y, text, size, weight: size > 14 ? 600 : 400, from, lean };
  });
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  const states = [us_states, mx_states].flatMap((drawn) => drawn?.shapes.map((shape, n) => {
    const [left, top, right, bottom] = shape.boxes.reduce((best, box) => (area(box) > area(best) ? box : best));
    return { ...STATE, shape, x: (left + right) / 2, y: (top + bottom) / 2, text: drawn.names?.[n] };
  }));
  return [...gates, ...(towns ?? []), ...states].filter((name) => name?.text);
}

/** @param {import("./scene.js").Pen} pen @param {any[]} names @param {number[][]} marks boxes that are taken already */
export function paintNames(pen, names, marks) {
  const { ctx, at, zoom, frame } = pen;
  /** @type {any[][][]} */
  const [taken, placed] = [[...marks, ...(pen.covered ??= covered(frame))], []];
  const halo = { strokeStyle: colour("name-halo"), lineWidth: 3.5, lineJoin: "round" };
  Object.assign(ctx, { textBaseline: "middle", textAlign: "left", ...halo });
  const shown = names.filter((name) => zoom >= name.from && (!name.layer || state.layers.has(name.layer)));
  const dotOf = ({ x, y }) => around(...at(x, y), 2);
  const dots = shown.filter((name) => name.town).map(dotOf).filter((dot) => !apart(dot, pen.room));
  for (const name of shown) {
    const { town, shape, size } = name;
    const text = shape ? classWord(name.text).toUpperCase() : both(name.text);
    const roams = shape && zoom > CLOSE;
    if (apart(roams ? shape.box : around(name.x, name.y, 0), pen.box)) continue;
    const font = `${roams ? 600 : name.weight} ${size}px ${FONT}`;
    Object.assign(ctx, { font, letterSpacing: shape ? "3px" : "0px", fillStyle: colour(name.color) });
    const [wide, high] = [ctx.measureText(text).width + 6, size + 4];
    const offered = roams ? within(pen, name, wide, high) : spots(name, ...at(name.x, name.y), wide, high);
    const free = offered.filter((box) => whole(box, frame) && clear(box, taken));
    const spot = free.find((box) => !apart(box, frame) && clear(box, dots)) ?? free[0];
    if (!spot || (town && !clear(dotOf(name), placed))) continue;
    if (town && clear(dotOf(name), taken)) ctx.fill(new Path2D(outline("circle", ...at(name.x, name.y), 2)));
    placed.push(spot);
    taken.push(spot, ...(town ? [dotOf(name)] : []));
    for (const way of ["strokeText", "fillText"]) ctx[way](text, spot[0] + 3, (spot[1] + spot[3]) / 2);
  }
}

/** The boxes of what lies over the map on a screen; `frame` is what of the sheet is in sight. */
function covered(frame) {
  if (document.body.classList.contains("with-sheet")) return [];
  const [room, ...boxes] = Array.from(document.querySelectorAll("#map-room, #map-room .box, .leaflet-control"),
    (one) => one.getBoundingClientRect());
  const [dx, dy] = [frame[0] - room.left, frame[1] - room.top];
  return boxes.map((box) => [box.left + dx, box.top + dy, box.right + dx, box.bottom + dy]);
}

/** Does the edge of the visible map leave a name whole? */
const whole = (box, frame) =>
  apart(box, frame) || (box[0] >= frame[0] && box[1] >= frame[1] && box[2] <= frame[2] && box[3] <= frame[3]);

/** Where a name may stand: in the middle of a state, or round the point of something; at the border on its side. */
function spots({ shape, town, from, lean }, x, y, wide, high) {
  const box = (left, top) => [left, top, left + wide, top + high];
  if (shape) return [-0.5, -2.5, 1.5].map((lines) => box(x - wide / 2, y + lines * high));
  const gaps = town && from < FAR ? [4, 14, 24] : [town ? 4 : 8];
  const row = (top, gap) => [box(x - wide / 2, top), box(x + gap, top), box(x - wide - gap, top)];
  const level = (gap) => row(y - high / 2, gap).slice(1);
  const [north, south] = [(gap) => row(y - high - gap, gap), (gap) => row(y + gap, gap)];
  const ways = { US: [north, level], MX: [south, level] }[lean];
  if (ways) return ways.flatMap((way) => gaps.flatMap(way));
  return gaps.flatMap((gap) => [...level(gap), ...north(gap), ...south(gap)]);
}

/** Where the name of a state may stand: on its own land, near the middle of what is in sight of that. */
function within(pen, name, wide, high) {
  if (name.pen === pen && name.wide === wide) return name.boxes;
  const { frame, scale, dx, dy } = pen;
  const boxes = [];
  for (let y = frame[1] + high; y < frame[3] - high; y += 2 * high) {
    const edges = crossings(name.shape, (y + dy) / scale).map((at) => at * scale - dx);
    for (let x = frame[0] + 8; x < frame[2] - wide; x += wide / 3) {
      const passed = edges.filter((edge) => edge <= x).length;
      if (passed % 2 && edges[passed] >= x + wide) boxes.push([x, y - high / 2, x + wide, y + high / 2]);
    }
  }
  const [left, top] = [0, 1].map((at) => boxes.reduce((sum, box) => sum + box[at], 0) / boxes.length);
  const far = (box) => Math.hypot(box[0] - left, box[1] - top);
  Object.assign(name, { pen, wide, boxes: boxes.sort((a, b) => far(a) - far(b)) });
  return boxes;
}
