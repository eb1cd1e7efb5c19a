// What a truckload costs through a pair: the range, its parts, and what it rests on.

import { truckload } from "./decide.js";
import { known, num, t } from "./words.js";

/** Bounds as they come, with NaN for what is not known. */
export function readCosts(costs) {
  const bounds = Object.entries(costs?.of ?? {}).map(([name, ends]) => [name, ends.map((end) => end ?? NaN)]);
  return costs && { ...costs, of: Object.fromEntries(bounds) };
}

const tollOf = (pair, costs) => costs.tolls[pair.port] ?? "toll_other";

const costOf = (pair, costs) => truckload(pair, costs.of[tollOf(pair, costs)], costs.of);

/** What a truckload of a pair costs at the least and at the most; null where nothing bounds it. */
export function price(pair, costs) {
  if (!costs) return {};
  const [low, high] = costOf(pair, costs).total;
  return { cost_low: known(low), cost_high: known(high) };
}

/** In whole dollars; what has no bound is not known. */
export function dollars(low, high) {
  if (known(low) === null || known(high) === null) return t("cost.unknown");
  const [from, to] = [num(low), num(high)];
  return from === to ? `USD ${from}` : `USD ${from}–${to}`;
}

/** The section of the card; nothing without a table of costs. */
export function money(pair, costs) {
  if (!costs) return null;
  const rows = costs.stated.filter((row) => !row.toll || row.cost_id === tollOf(pair, costs));
  return view.money({ pair, rows, parts: Object.entries(costOf(pair, costs).parts) });
}
