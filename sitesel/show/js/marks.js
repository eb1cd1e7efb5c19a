// Sites, ways of pairs, ports and numbered marks on the map.

import { colour } from "./colours.js";
import { isChosen, state } from "./state.js";
import { mercatorX, mercatorY } from "./payload.js";
import { apart, ink, trace } from "./scene.js";
import { markAt } from "./layers.js";
import { fragile } from "./places.js";

const ARMS = [[1, 0], [-1, 0], [0, 1], [0, -1]];

const around = (x, y, r) => [x - r, y - r, x + r, y + r];

/**
 * Paint all of them; returns the boxes that names must leave free.
 * @param {import("./scene.js").Pen} pen @param {import("./places.js").Places} places
 */
export function paintMarks(pen, places) {
  const { ctx, zoom } = pen;
  const [pairs, lit] = [places.drawn(), places.lit()];
  for (const site of places.sites) paintArea(pen, site, lit.has(site));
  ctx.lineJoin = ctx.lineCap = "round";
  for (const pair of pairs) paintWay(pen, pair, places.way(pair));
  /** @type {any[][]} */
  const [signs, dots, taken] = [[], [], []];
  for (const mark of numbered(places, pairs, lit)) {
    const [x, y] = pen.at(mark.x, mark.y);
    const box = around(x, y, 11);
    const free = mark.lit || taken.every((other) => apart(box, other));
    if (free) taken.push(box);
    if (free || zoom >= 7) (free ? signs : dots).push({ ...mark, r: free ? 13 : 7, left: x, top: y });
  }
  const shown = state.layers.has("ports_of_entry") ? places.ports.filter((port) => port.open || zoom >= 8) : [];
  const ports = shown.sort((a, b) => Number(b.open) - Number(a.open)).map((port) => paintPort(pen, port, taken));
  for (const { form, left, top } of dots) {
    markAt(ctx, form, left, top, 4);
    ink(ctx, { fill: "mark", stroke: "halo", width: 1.5 });
  }
  for (const sign of [...signs].reverse()) paintSign(ctx, sign);
  if (places.asked) paintTarget(pen, places.asked);
  places.marks = [...signs, ...ports, ...dots];
  return taken;
}

/** The path as a line that stands out from whatever lies under it. */
function haloed(ctx, stroke, width, halo, dash) {
  ink(ctx, { stroke: "halo", width: halo });
  ink(ctx, { stroke, width, dash });
}

function paintArea(pen, site, lit) {
  pen.ctx.beginPath();
  trace(pen, site.shape);
  const width = lit ? 2.2 : pen.zoom < 8 ? 0.6 : 1;
  ink(pen.ctx, { fill: lit ? "site-lit" : "site", stroke: lit ? "accent" : "site-edge", width });
}

/** The way of a fragile pair is broken. */
function paintWay({ ctx, at }, pair, stops) {
  ctx.beginPath();
  for (const stop of stops) ctx.lineTo(...at(stop.x, stop.y));
  const dash = fragile(pair) ? [2, 6] : [];
  if (isChosen("pair", pair.rank)) haloed(ctx, "accent", 3.2, 6, dash);
  else haloed(ctx, "mark", 1.8, 4, dash);
}

/** Marks in order of importance, one a site. */
function numbered(places, pairs, chosen) {
  const inPairs = state.tab === "pairs";
  const isLit = (row) => (inPairs ? isChosen("pair", row.rank) : chosen.has(row));
  const rows = [...(inPairs ? pairs : places.listed())];
  const marks = new Map();
  for (const row of rows.sort((a, b) => Number(isLit(b)) - Number(isLit(a)))) {
    const choice = inPairs ? { kind: "pair", id: row.rank } : { kind: "site", id: row.id };
    const mark = { rank: places.rankOf(row), lit: isLit(row), hollow: fragile(row), choice };
    for (const site of places.ends(row)) {
      const form = site?.side === "MX" ? "square" : "circle";
      if (site && !marks.has(site)) marks.set(site, { ...mark, form, x: site.x, y: site.y });
    }
  }
  return marks.values();
}

function paintSign(ctx, { form, left, top, rank, lit, hollow }) {
  const [shade, size] = lit ? ["accent", 12] : ["mark", 10.5];
  /** @type {any[]} how much larger than the mark, and its colour */
  const rings = hollow ? [[1.5, "halo"], [0, shade], [-1.8, "halo"]] : [[1, "halo"], [-1, shade]];
  for (const [grown, fill] of rings) {
    markAt(ctx, form, left, top, size + grown);
    ink(ctx, { fill });
  }
  const font = `700 ${rank > 99 ? 9 : 11}px system-ui, sans-serif`;
  Object.assign(ctx, { fillStyle: colour(hollow ? shade : "halo"), textAlign: "center", textBaseline: "middle", font });
  ctx.fillText(String(rank), left, top + 0.5);
}

/** A port, struck through where it is closed; returns its mark. */
function paintPort({ ctx, at, zoom }, { x, y, open, port_id }, taken) {
  const [left, top] = at(x, y);
  const r = open && zoom >= 7 ? 5.5 : 3.5;
  const stroke = open ? "mark" : "shut";
  markAt(ctx, "diamond", left, top, r);
  ink(ctx, { fill: "halo", stroke, width: open ? 2 : 1.3 });
  if (!open) {
    ctx.beginPath();
    ctx.moveTo(left - 2, top - 2);
    ctx.lineTo(left + 2, top + 2);
    ink(ctx, { stroke, width: 1.3 });
  }
  taken.push(around(left, top, r));
  return { x, y, r: r + 3, choice: { kind: "port", id: port_id } };
}

function paintTarget({ ctx, at }, spot) {
  const [x, y] = at(mercatorX(spot.lon), mercatorY(spot.lat));
  ctx.beginPath();
  ctx.arc(x, y, 9, 0, 7);
  for (const [dx, dy] of ARMS) {
    ctx.moveTo(x + 5 * dx, y + 5 * dy);
    ctx.lineTo(x + 14 * dx, y + 14 * dy);
  }
  haloed(ctx, "accent", 2.5, 5);
}
