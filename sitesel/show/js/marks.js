// Sites, ways of pairs, ports and numbered marks on the map.

import { colour } from "./colours.js";
import { mercatorX, mercatorY } from "./payload.js";
import { isChosen, state } from "./state.js";
import { around, clear, ink, trace } from "./scene.js";
import { outline } from "./layers.js";
import { choiceOf, fragile } from "./places.js";

/** Paint all of them; returns the boxes that names must leave free. @param {import("./scene.js").Pen} pen */
export function paintMarks(pen, places) {
  const { ctx, zoom } = pen;
  const [pairs, lit] = [places.drawn(), places.lit()];
  const areas = zoom < 7 ? lit : places.sites; // from afar edges are specks of a class that is none
  areas.forEach((site) => paintArea(pen, site, lit.has(site)));
  ctx.lineJoin = ctx.lineCap = "round";
  for (const pair of pairs) paintWay(pen, pair, places.way(pair));
  /** @type {any[][]} */
  const [signs, dots, taken] = [[], [], []];
  for (const mark of numbered(places, pairs, lit)) {
    const [left, top] = pen.at(mark.x, mark.y);
    const free = mark.lit || clear(around(left, top, 11), taken);
    if (free) taken.push(around(left, top, 11));
    if (free || zoom >= 7) (free ? signs : dots).push({ ...mark, left, top, r: free ? 13 : 7 });
  }
  const shown = state.layers.has("ports_of_entry") ? places.ports.filter((port) => port.open || zoom >= 8) : [];
  const ports = shown.sort((a, b) => Number(b.open) - Number(a.open)).map((port) => paintPort(pen, port, taken));
  for (const { form, left, top } of dots) stamp(ctx, form, left, top, 4, { fill: "mark", stroke: "halo", width: 1.5 });
  for (const sign of [...signs].reverse()) paintSign(ctx, sign);
  if (places.asked) paintTarget(pen, places.asked);
  places.marks = [...signs, ...ports, ...dots];
  return taken;
}

/** A line that stands out from whatever lies under it. */
function haloed(ctx, path, stroke, width, halo, dash) {
  ink(ctx, path, { stroke: "halo", width: halo });
  ink(ctx, path, { stroke, width, dash });
}

const stamp = (ctx, form, x, y, r, look) => ink(ctx, new Path2D(outline(form, x, y, r)), look);

function paintArea(pen, site, lit) {
  const edge = pen.zoom < 8 ? 0.6 : 1;
  const look = lit ? { fill: "site-lit", stroke: "accent", width: 2.2 } : { stroke: "site-edge", width: edge };
  ink(pen.ctx, trace(pen, [site.shape]), look);
}

/** The way of a fragile pair is broken. */
function paintWay({ ctx, at }, pair, stops) {
  const path = new Path2D(`M${stops.map(({ x, y }) => at(x, y).join(" ")).join("L")}`);
  const dash = fragile(pair) ? [2, 6] : [];
  if (isChosen("pair", pair.id)) haloed(ctx, path, "accent", 3.2, 6, dash);
  else haloed(ctx, path, "mark", 1.8, 4, dash);
}

/** Marks in order of importance, one a site. */
function numbered(places, pairs, chosen) {
  const inPairs = state.tab === "pairs";
  const isLit = (row) => (inPairs ? isChosen("pair", row.id) : chosen.has(row));
  const rows = [...(inPairs ? pairs : places.listed())].sort((a, b) => Number(isLit(b)) - Number(isLit(a)));
  const marks = new Map();
  for (const row of rows) {
    const mark = { rank: row.rank, lit: isLit(row), hollow: fragile(row), choice: choiceOf(row) };
    for (const { id, x, y, side } of places.ends(row)) {
      if (!marks.has(id)) marks.set(id, { ...mark, x, y, form: side === "MX" ? "square" : "circle" });
    }
  }
  return marks.values();
}

function paintSign(ctx, { form, left, top, rank, lit, hollow }) {
  const [shade, size] = lit ? ["accent", 12] : ["mark", 10.5];
  /** @type {any[]} by how much larger than the mark, and in which colour */
  const rings = hollow ? [[1.5, "halo"], [0, shade], [-1.8, "halo"]] : [[1, "halo"], [-1, shade]];
  for (const [more, fill] of rings) stamp(ctx, form, left, top, size + more, { fill });
  const font = `700 ${[11, 11, 9, 7.5][String(rank).length - 1] ?? 6}px system-ui, sans-serif`;
  Object.assign(ctx, { fillStyle: colour(hollow ? shade : "halo"), textAlign: "center", textBaseline: "middle", font });
  ctx.fillText(String(rank), left, top + 0.5);
}

/** A port, struck through where it is closed; returns its mark. */
function paintPort({ ctx, at, zoom }, { x, y, open, port_id }, taken) {
  const [left, top] = at(x, y);
  const r = open && zoom >= 7 ? 5.5 : 3.5;
  const line = open ? { stroke: "mark", width: 2 } : { stroke: "shut", width: 1.3 };
  stamp(ctx, "diamond", left, top, r, { fill: "halo", ...line });
  if (!open) ink(ctx, new Path2D(`M${left - 2} ${top - 2}l4 4`), line);
  taken.push(around(left, top, r));
  return { x, y, r: r + 3, choice: { kind: "port", id: port_id } };
}

function paintTarget({ ctx, at }, spot) {
  const [x, y] = at(mercatorX(spot.lon), mercatorY(spot.lat));
  const cross = `M${x + 5} ${y}h9M${x - 5} ${y}h-9M${x} ${y + 5}v9M${x} ${y - 5}v-9`;
  haloed(ctx, new Path2D(`${outline("circle", x, y, 9)}${cross}`), "accent", 2.5, 5);
}
