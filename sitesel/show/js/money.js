// What a truckload costs through a pair: the range, its parts, and what it rests on.

import { truckload } from "./decide.js";
import { el, facts } from "./dom.js";
import { classWord, known, num, t } from "./words.js";

const RATES = ["truck_hour", "empty_miles", "mx_truck"];
const BESIDE = ["truck_mile"]; // the same cost by the mile: shown, not added

/** Bounds as they come, with NaN for what is not known. @param {any} costs */
export function readCosts(costs) {
  if (!costs) return null;
  const of = Object.fromEntries(Object.entries(costs.of).map(([name, ends]) => [name, ends.map((/** @type {any} */ end) => end ?? NaN)]));
  return { of, rows: costs.stated, tollOf: (/** @type {string} */ port) => costs.tolls[port] ?? "toll_other" };
}

/** What a truckload of a pair costs at the least and at the most; null where nothing bounds it. @param {any} pair @param {any} costs */
export function price(pair, costs) {
  if (!costs) return {};
  const [low, high] = truckload(pair, costs.of[costs.tollOf(pair.port)], costs.of).total;
  return { cost_low: known(low), cost_high: known(high) };
}

/** @param {number|null} low @param {number|null} high in whole dollars; what has no bound is not known */
export function dollars(low, high) {
  if (low === null || high === null || Number.isNaN(low + high)) return t("cost.unknown");
  const [from, to] = [num(low), num(high)];
  return from === to ? `USD ${from}` : `USD ${from}–${to}`;
}

/** @param {any} pair @param {any} costs */
export function money(pair, costs) {
  if (!costs) return null;
  const toll = costs.tollOf(pair.port);
  const { parts } = truckload(pair, costs.of[toll], costs.of);
  const lines = Object.entries(parts).map(([name, [low, high]]) => [t(`cost.parts.${name}`, { minutes: num(pair[`${name}_minutes`]) }), dollars(low, high)]);
  const said = (/** @type {string[]} */ ids) => ids.flatMap((id) => costs.rows.filter((/** @type {any} */ row) => row.cost_id === id)).map(assumption);
  return el(
    "section",
    { class: "money" },
    el("h3", {}, t("cost.title")),
    el("p", {}, el("b", {}, dollars(pair.cost_low, pair.cost_high)), " ", el("span", { class: "quiet" }, t("cost.what"))),
    facts(lines),
    el("details", { class: "unfold", "data-key": "cost" }, el("summary", {}, t("cost.rests")), el("p", { class: "quiet" }, t("cost.how")), el("ul", { class: "assumptions" }, said([...RATES, toll, ...BESIDE]))),
  );
}

/** @param {any} row of the table of unit costs */
function assumption(row) {
  const exact = (/** @type {number} */ value) => num(value, String(value).split(".")[1]?.length ?? 0);
  const bounds = row.low === null || row.high === null ? t("cost.unknown") : t("cost.assumed", { low: exact(row.low), high: exact(row.high) });
  const stated = row.value === null ? bounds : exact(row.value);
  const words = t(`cost.of.${row.cost_id}`);
  const name = words.startsWith("cost.") ? el("span", { lang: "en" }, row.what) : words;
  return el("li", {}, el("b", {}, name), `: ${stated} ${classWord(row.unit)}${row.year ? ` (${row.year})` : ""}. `, el("span", { class: "quiet", lang: "en" }, row.source));
}
