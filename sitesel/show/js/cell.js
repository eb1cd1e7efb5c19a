// The card of any place: a cell of the surface, or one where nothing was measured.

import { kmBetween, nearestOpen } from "./charts.js";
import { middle } from "./find.js";
import { criteria } from "./parts.js";
import { inside, latitude, longitude, mercatorX, mercatorY } from "./payload.js";
import { place } from "./places.js";
import { rawWords } from "./story.js";
import { valueOf } from "./surface.js";
import { classWord, num, points, quantity, t } from "./words.js";

export function cellCard(card, { id }) {
  const { surface, study, places } = card;
  const side = surface.side[id] ? "MX" : "US";
  const shown = study.criteria.filter((one) => !one.applies_to || one.applies_to === side);
  const byte = (one) => surface.values[id * study.criteria.length + study.criteria.indexOf(one)];
  const value = Object.fromEntries(shown.map((one) => [one.id, valueOf(byte(one))]));
  const [spot, row] = [middle(surface, id), surface.interval(id)];
  const verdict = surface.grid.verdicts[surface.verdict[id]];
  const gates = study.gates.map((_, n) => surface.grid.verdicts[surface.gates[n * surface.count + id]]);
  const table = criteria(card, [{ side, value }], shown, (one) => about(one, byte(one)), t("cells.values"));
  const why = standing(places, study, side, verdict, row.score, spot);
  const title = t("cells.title", { hectares: num(surface.grid.size ** 2 / 1e4) });
  return [title, view.cardCell({ card, side, spot, row, verdict, gates, table, why })];
}

/** A card of a place where nothing was measured. */
export const nowhereCard = (card, spot) => [`${num(spot.lat, 4)}, ${num(spot.lon, 4)}`, view.cardNowhere({ card, spot })];

/** About which raw measure a byte of the surface stands for. */
function about(criterion, byte) {
  const [how, ...raws] = criterion.raws[byte] ?? [];
  const value = valueOf(byte);
  if (value === null) return t("unknown_value");
  if (!how) return points(value);
  if (how === "or") return raws.map((name) => rawWords(criterion, name)).join(` ${t("cells.or")} `);
  const digits = raws[0] < 1 ? 2 : raws[0] < 10 ? 1 : 0;
  return t(`cells.${how}`, { raw: quantity(raws[0], criterion.unit, digits) });
}

/** Why a cell is a site, or is none. */
function standing(places, study, side, verdict, score, spot) {
  const own = places.sites.filter((site) => site.side === side).sort((a, b) => a.rank - b.rank);
  const of = (site) => ({ rank: num(site.rank), place: place(site), score: points(site.score) });
  const here = own.find((site) => inside(site.shape, mercatorX(spot.lon), mercatorY(spot.lat)));
  if (here) return t("standing.site", of(here));
  if (verdict === "FAIL") return t("standing.out");
  if (score === null) return t("standing.blank");
  const taken = verdict === "PASS" || own.some((site) => site.status === verdict);
  if (!taken) return t("standing.verdict", { verdict: classWord(verdict) });
  const last = own[own.length - 1];
  if (!last) return t("standing.none");
  const least = points(last.score);
  if (score < last.score) return t("standing.lower", { score: points(score), count: num(own.length), last: least });
  const away = own.map((site) => ({ site, km: kmToShape(spot, site.shape) })).sort((a, b) => a.km - b.km);
  const [{ site, km }] = away;
  if (km <= study.apart_km) return t("standing.near", { ...of(site), km: num(km, 1), apart: num(study.apart_km) });
  return t("standing.small", { last: least });
}

/** The nearest port open to trucks, as a fact. */
export function nearest({ places }, spot, but = null, title = "ports.nearest") {
  const next = nearestOpen(places.ports, spot, but);
  return next && [t(title), t("ports.away", { port: next.port.name, km: num(next.km, 1) })];
}

/** Kilometres from a spot to the nearest corner of a shape. */
function kmToShape(spot, shape) {
  const corner = (part, i) => ({ lon: longitude(part[i]), lat: latitude(part[i + 1]) });
  let least = Infinity;
  for (const part of shape.parts) {
    for (let i = 0; i < part.length; i += 2) least = Math.min(least, kmBetween(spot, corner(part, i)));
  }
  return least;
}
