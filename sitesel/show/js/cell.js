// The card of any place: a cell of the surface, or one where nothing was measured.

import { rawOf } from "./decide.js";
import { gainBar, gains, kmBetween, nearestOpen, shadeOf } from "./charts.js";
import { el, facts } from "./dom.js";
import { middle } from "./find.js";
import { headline } from "./parts.js";
import { inside, latitude, longitude, mercatorX, mercatorY } from "./payload.js";
import { place } from "./places.js";
import { valueOf } from "./surface.js";
import { both, classWord, num, points, quantity, t } from "./words.js";

const HALF_A_STEP = 0.5 / 250;

/** @param {import("./card.js").Card} card @param {any} choice a cell of the surface */
export function cellCard(card, choice) {
  const { surface, study } = card;
  const cell = choice.id;
  const row = surface.interval(cell);
  const side = surface.side[cell] ? "MX" : "US";
  const kinds = study.criteria.length;
  const here = (/** @type {any} */ one) => !one.applies_to || one.applies_to === side;
  const value = Object.fromEntries(study.criteria.map((/** @type {any} */ one, /** @type {number} */ n) => [one.id, here(one) && valueOf(surface.values[cell * kinds + n])]));
  const byId = new Map(gains(study, { side, value }).map((/** @type {any} */ one) => [one.criterion.id, one]));
  const largest = Math.max(...[...byId.values()].map((one) => one.weight));
  const bars = (/** @type {any} */ one) => (here(one) ? [gainBar(byId.get(one.id), largest, about(one, value[one.id]), shadeOf(study, one.group))] : []);
  const verdict = surface.grid.verdicts[surface.verdict[cell]];
  const spot = middle(surface, cell);
  return [
    t("cells.title", { hectares: num(surface.grid.size ** 2 / 1e4) }),
    headline(row, `${t(`side.${side}`)} · ${num(spot.lat, 4)}, ${num(spot.lon, 4)}`),
    el("p", { class: "strong-line" }, standing(card, side, verdict, row.score, spot)),
    facts([study.gates.length === 0 && [t("facts.verdict"), classWord(verdict)], nearest(card, spot)]),
    gates(card, [study.gates.map((/** @type {any} */ _, /** @type {number} */ n) => surface.grid.verdicts[surface.gates[n * surface.count + cell]])]),
    el("section", { class: "criteria" }, el("h3", {}, t("card.parts")), el("p", { class: "quiet" }, `${t("card.bars")} ${t("card.guessed")} ${t("cells.values")}`), card.groups(bars)),
  ];
}

/** One line a gate, with its verdict on each piece of land. @param {import("./card.js").Card} card @param {string[][]} lands */
export function gates(card, lands) {
  const badge = (/** @type {string} */ verdict) => el("span", { class: `verdict ${verdict.toLowerCase()}` }, t(`gates.${verdict}`));
  const line = (/** @type {any} */ gate, /** @type {number} */ n) =>
    el(
      "details",
      { class: "criterion gate", "data-key": `gate-${gate.id}` },
      el("summary", {}, el("span", { class: "criterion-name" }, both(gate.title)), el("span", {}, lands.map((verdicts, k) => [k > 0 && " / ", badge(verdicts[n])]))),
      el("p", {}, both(gate.measure)),
      gate.layers.map((/** @type {string} */ id) => card.source(id)),
    );
  return card.study.gates.length > 0 && el("section", { class: "gates" }, el("h3", {}, t("gates.title")), card.study.gates.map(line));
}

/** A value, and about which raw measure it stands for. @param {any} criterion @param {number|null} value */
function about(criterion, value) {
  if (value === null) return t("unknown_value");
  const { value: rule, unit } = criterion;
  if (rule?.kind === "classes") {
    const names = Object.keys(rule.of).filter((name) => Math.abs(rule.of[name] - value) < HALF_A_STEP + 1e-9);
    return names.length ? names.map((name) => (criterion.words[name] ? both(criterion.words[name]) : classWord(name))).join(` ${t("cells.or")} `) : points(value);
  }
  const found = rawOf(rule, value, HALF_A_STEP);
  if (!found) return points(value);
  // A share is 0 to 1 and nothing here is below 0, so such an end is no open one.
  const most = unit === "share" || unit === "yes/no" ? 1 : Infinity;
  // Two figures: the byte holds no more.
  const say = (/** @type {number} */ raw) => quantity(Number(raw.toPrecision(2)), unit, raw < 0.995 ? 2 : raw < 9.95 ? 1 : 0);
  const [low, high] = [found[0] ?? 0, found[1] ?? most];
  if (high === Infinity) return t("cells.least", { raw: say(low) });
  if (found[0] === null && high > 0) return t("cells.most", { raw: say(high) });
  if (found[1] === null && low < high) return t("cells.least", { raw: say(low) });
  return t("cells.about", { raw: say((low + high) / 2) });
}

/** Why a cell is a site, or is none. @param {import("./card.js").Card} card @param {string} side @param {string} verdict @param {number|null} score @param {any} spot */
function standing({ places, study }, side, verdict, score, spot) {
  const own = places.sites.filter((site) => site.side === side).sort((a, b) => a.rank - b.rank);
  const of = (/** @type {any} */ site) => ({ rank: num(site.rank), place: place(site), score: points(site.score) });
  const here = own.find((site) => inside(site.shape, mercatorX(spot.lon), mercatorY(spot.lat)));
  if (here) return t("standing.site", of(here));
  if (verdict === "FAIL") return t("standing.out");
  if (score === null) return t("standing.blank");
  if (verdict !== "PASS" && !own.some((site) => site.status === verdict)) return t("standing.verdict", { verdict: classWord(verdict) });
  const last = own[own.length - 1];
  if (!last) return t("standing.none");
  if (last.score !== null && score < last.score) return t("standing.lower", { score: points(score), count: num(own.length), last: points(last.score) });
  const near = own.map((site) => ({ site, km: kmToShape(spot, site.shape) })).sort((a, b) => a.km - b.km)[0];
  if (near.km <= study.apart_km) return t("standing.near", { ...of(near.site), km: num(near.km, 1), apart: num(study.apart_km) });
  return t("standing.small", { last: points(last.score) });
}

/** @param {import("./card.js").Card} card @param {any} choice a place where nothing was measured */
export function nowhereCard(card, choice) {
  return [`${num(choice.lat, 4)}, ${num(choice.lon, 4)}`, el("p", {}, t(card.surface ? "standing.nowhere" : "standing.no_grid")), facts([nearest(card, choice)])];
}

/** The nearest port open to trucks, as a fact. @param {import("./card.js").Card} card @param {any} spot @param {any} [but] another one than this @param {string} [title] */
export function nearest({ places }, spot, but, title = "ports.nearest") {
  const next = nearestOpen(places.ports, spot, but);
  return next && [t(title), t("ports.away", { port: next.port.name, km: num(next.km, 1) })];
}

/** Kilometres from a spot to the nearest corner of a shape. @param {any} spot @param {import("./payload.js").Shape} shape */
function kmToShape(spot, shape) {
  let least = Infinity;
  for (const part of shape.parts) for (let i = 0; i < part.length; i += 2) least = Math.min(least, kmBetween(spot, { lon: longitude(part[i]), lat: latitude(part[i + 1]) }));
  return least;
}
