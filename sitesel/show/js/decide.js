// What follows from weights: shares by side, scores, pairs and the best set. Numbers in, numbers
// out; the same additions in the same order as Python makes them, so that both agree.

/**
 * @typedef {{groups: Record<string, number>, criteria: Record<string, number>}} Weights
 * @typedef {{kind: string, at?: number[][], of?: Record<string, number>, otherwise?: number|null}} ValueFunction
 */

export const SIDES = ["US", "MX"];

/** Weights of the criteria that sum to one on a side; null when nothing weighs there. */
export function shares(criteria, weights, side) {
  const here = (one) => !one.applies_to || one.applies_to === side;
  const sums = Object.create(null); // a group may be called "constructor"
  for (const one of criteria.filter(here)) sums[one.group] = (sums[one.group] ?? 0) + weights.criteria[one.id];
  const flat = criteria.map((one) => {
    if (!here(one)) return 0;
    const grouped = Object.hasOwn(weights.groups, one.group) && sums[one.group] > 0;
    return weights.criteria[one.id] * (grouped ? weights.groups[one.group] / sums[one.group] : 1);
  });
  const total = flat.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? flat.map((weight) => weight / total) : null;
}

/** Score of a row of values, and its bounds where values are unknown (null) and count as stated. */
export function scoreOf(values, weights, unknown) {
  let [summed, known, guessed, total] = [0, 0, 0, 0];
  weights.forEach((weight, c) => {
    const value = values[c] ?? NaN;
    if (Number.isNaN(value)) guessed += weight * unknown[c];
    else [summed, known] = [summed + weight * value, known + weight];
    total += weight;
  });
  if (total === 0) return { score: NaN, low: NaN, high: NaN };
  const score = known > 0 ? (summed + guessed) / total : NaN;
  const high = Math.min((summed + (total - known)) / total, 1);
  return { score, low: summed / total, high: score > high ? score : high };
}

/** What two sites are worth together: the weaker side rules. */
export const combine = (us, mx, weaker) => weaker * Math.min(us, mx) + (1 - weaker) * Math.max(us, mx);

/** What one truckload costs at the least and at the most, USD; `of` bounds the unit costs. */
export function truckload(pair, toll, of) {
  const [us, wait, mx] = [pair.us_minutes / 60, pair.delay_minutes / 60, pair.mx_minutes / 60];
  const ends = [0, 1].map((end) => {
    const [hour, mexican, loaded] = [of.truck_hour[end], of.mx_truck[end], 1 - of.empty_miles[end] / 100];
    const total = (us * hour + mx * mexican) / loaded + wait * hour + toll[end];
    return { us: (us * hour) / loaded, delay: wait * hour, mx: (mx * mexican) / loaded, toll: toll[end], total };
  });
  const range = (name) => ends.map((end) => end[name]);
  const parts = { us: range("us"), delay: range("delay"), mx: range("mx"), toll: range("toll") };
  return { parts, total: range("total") };
}

/** Positions from the greatest score to the least, equal ones in their order; NaN is left out. */
export function ranked(scores) {
  const order = new Uint32Array(scores.length);
  let count = 0;
  for (let i = 0; i < scores.length; i++) if (!Number.isNaN(scores[i])) order[count++] = i;
  return order.subarray(0, count).sort((a, b) => scores[b] - scores[a] || a - b);
}

/** The pairs that share no site and have the greatest total score, best first: positions in n by m scores. */
export function bestSet(scores, n, m) {
  const [few, many] = n <= m ? [n, m] : [m, n];
  const at = (i, j) => (n <= m ? i * m + j : j * m + i);
  const cost = new Float64Array(few * many);
  for (let k = 0; k < cost.length; k++) cost[k] = -scores[at(Math.floor(k / many), k % many)] || 0;
  const chosen = Array.from(match(cost, few, many), (j, i) => at(i, j));
  return chosen.filter((k) => scores[k] > 0).sort((a, b) => scores[b] - scores[a] || a - b);
}

// The column of each row at the least total cost: each row finds the cheapest path to a free column
// that keeps all rows before it served.
function match(cost, n, m) {
  const [u, v, far] = [new Float64Array(n), new Float64Array(m), new Float64Array(m)];
  const [columnOf, rowOf] = [new Int32Array(n).fill(-1), new Int32Array(m).fill(-1)];
  const [from, left] = [new Int32Array(m), new Int32Array(m)];
  for (let start = 0; start < n; start++) {
    far.fill(Infinity);
    left.forEach((_, j) => (left[j] = m - 1 - j));
    let [count, least, row, end] = [m, 0, start, -1];
    while (end < 0) {
      let [next, pick] = [Infinity, -1];
      for (let k = 0; k < count; k++) {
        const j = left[k];
        const way = least + cost[row * m + j] - u[row] - v[j];
        if (way < far[j]) [far[j], from[j]] = [way, row];
        if (far[j] < next || (far[j] === next && rowOf[j] < 0)) [next, pick] = [far[j], k];
      }
      least = next;
      const j = left[pick];
      count--;
      [left[pick], left[count]] = [left[count], j]; // what was reached moves behind the ones that are left
      if (rowOf[j] < 0) end = j;
      else row = rowOf[j];
    }
    u[start] += least;
    for (const j of left.subarray(count)) {
      if (rowOf[j] >= 0) u[rowOf[j]] += least - far[j];
      v[j] -= least - far[j];
    }
    for (let j = end, row = -1; row !== start; ) {
      row = from[j];
      rowOf[j] = row;
      [columnOf[row], j] = [j, columnOf[row]];
    }
  }
  return columnOf;
}

/** Pairs, best first, as Python ranks them: those kept by rank, and those of the best set. */
export function pairUp(us, mx, worth, weaker, keep) {
  const m = mx.score.length;
  const total = (kind, at) => combine(us[kind][Math.floor(at / m)], mx[kind][at % m], weaker) * worth[at];
  const scores = new Float64Array(worth.length);
  for (let at = 0; at < scores.length; at++) scores[at] = total("score", at);
  const setRank = new Map(bestSet(scores, us.score.length, m).map((at, k) => [at, k + 1]));
  const kept = [];
  ranked(scores).forEach((at, k) => {
    if (k >= keep && !setRank.has(at)) return;
    const [i, j, low, high] = [Math.floor(at / m), at % m, total("low", at), total("high", at)];
    kept.push({ i, j, rank: k + 1, score: scores[at], low, high, set_rank: setRank.get(at) ?? null });
  });
  return kept;
}
