// The card of a cell of the surface: what is known of it, and why it is a site or none.

import { kmBetween, nearestOpen } from "./charts.js";
import { middle } from "./find.js";
import { inside, latitude, longitude, mercatorX, mercatorY } from "./payload.js";
import { place } from "./places.js";
import { valueOf } from "./surface.js";
import { both, num, points, t } from "./words.js";

export function cellCard(card, { id, name }) {
  const { surface, study, places } = card;
  const { size, verdicts } = surface.grid;
  const side = surface.side[id] ? "MX" : "US";
  const shown = study.criteria.filter((one) => !one.applies_to || one.applies_to === side);
  const byte = (one) => surface.values[id * study.criteria.length + study.criteria.indexOf(one)];
  const value = Object.fromEntries(shown.map((one) => [one.id, valueOf(byte(one))]));
  const gates = study.gates.map((_, n) => verdicts[surface.gates[n * surface.count + id]]);
  const verdict = verdicts[surface.verdict[id]];
  const cell = { side, value, gates, verdict, ...middle(surface, id), ...surface.interval(id) };
  const title = [name, t("cells.title", { hectares: num(size ** 2 / 1e4) })].filter(Boolean).join(": ");
  return [title, view.cardCell({ card, cell, shown, byte, round: around(places, cell, study.apart_km) })];
}

/** The sites of a cell's side, best first, the one that holds it, and the best of those within `apart` km. */
function around(places, { side, lat, lon }, apart) {
  const own = places.sites.filter((site) => site.side === side).sort((a, b) => a.rank - b.rank);
  const here = own.find((site) => inside(site.shape, mercatorX(lon), mercatorY(lat)));
  const near = own.map((site) => ({ site, km: kmToShape({ lat, lon }, site.shape) })).find(({ km }) => km <= apart);
  return { own, here, last: own[own.length - 1], near };
}

/** A site as a sentence names it. */
export const named = (site) => ({ rank: num(site.rank), place: place(site), score: points(site.score) });

/** The nearest port open to trucks, as a fact. */
export function nearest({ places }, spot, but = null, title = "ports.nearest") {
  const next = nearestOpen(places.ports, spot, but);
  return next && [t(title), t("ports.away", { port: both(next.port.name), km: num(next.km, 1) })];
}

/** Kilometres from a spot to the nearest corner of a shape. */
function kmToShape(spot, { parts }) {
  const km = (x, y) => kmBetween(spot, { lon: longitude(x), lat: latitude(y) });
  return Math.min(...parts.flatMap((part) => Array.from(part, (x, i) => (i % 2 ? Infinity : km(x, part[i + 1])))));
}
