// What follows from weights: shares by side, scores, pairs and the best set. Numbers in, numbers
// out; the same additions in the same order as Python makes them, so that both agree.

/**
 * @typedef {{groups: Record<string, number>, criteria: Record<string, number>}} Weights
 * @typedef {{id: string, group: string, applies_to: string|null}} Leaf
 * @typedef {{score: Float64Array, low: Float64Array, high: Float64Array}} Scores
 * @typedef {{kind: string, at?: number[][], of?: Record<string, number>, otherwise?: number|null}} ValueFunction
 */

export const SIDES = ["US", "MX"];

/** Weights of the criteria that sum to one on a side; null when nothing weighs there. */
/** @param {Leaf[]} criteria @param {Weights} weights @param {string} side @returns {number[]|null} */
export function shares(criteria, weights, side) {
  const here = (/** @type {Leaf} */ one) => !one.applies_to || one.applies_to === side;
  /** @type {Record<string, number>} */
  const sums = {};
  for (const one of criteria) if (here(one)) sums[one.group] = (sums[one.group] ?? 0) + weights.criteria[one.id];
  const flat = criteria.map((one) => {
    if (!here(one)) return 0;
    const grouped = one.group in weights.groups && sums[one.group] > 0;
    return weights.criteria[one.id] * (grouped ? weights.groups[one.group] / sums[one.group] : 1);
  });
  const total = flat.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? flat.map((weight) => weight / total) : null;
}

/** Score of a row of values, and its bounds where values are unknown (null) and count as stated. */
/** @param {Array<number|null>} values @param {number[]} weights @param {number[]} unknown */
export function scoreOf(values, weights, unknown) {
  let [summed, known, guessed, total] = [0, 0, 0, 0];
  for (let c = 0; c < weights.length; c++) {
    const value = values[c];
    if (value !== null && value !== undefined) {
      summed += weights[c] * value;
      known += weights[c];
    } else guessed += weights[c] * unknown[c];
    total += weights[c];
  }
  if (total === 0) return { score: NaN, low: NaN, high: NaN };
  const result = known > 0 ? (summed + guessed) / total : NaN;
  const high = Math.min((summed + (total - known)) / total, 1);
  return { score: result, low: summed / total, high: result > high ? result : high };
}

/** The value of a raw measure. @param {ValueFunction} rule @param {number} raw */
export function valueAt(rule, raw) {
  if (Number.isNaN(raw)) return NaN;
  if (rule.kind === "classes") return rule.of?.[String(raw)] ?? rule.otherwise ?? NaN;
  const at = rule.at ?? [];
  const log = rule.kind === "log";
  const x = log ? Math.log10(Math.max(raw, at[0][0])) : raw;
  const place = (/** @type {number} */ n) => (log ? Math.log10(at[n][0]) : at[n][0]);
  let n = 0;
  while (n + 1 < at.length && place(n + 1) <= x) n++;
  if (n + 1 === at.length || x <= place(0) || rule.kind === "steps") return at[n][1];
  const slope = (at[n + 1][1] - at[n][1]) / (place(n + 1) - place(n));
  return Math.min(Math.max(slope * (x - place(n)) + at[n][1], 0), 1);
}

/** Minutes from every US site to every Mexican one by the best port, and which port that is. @param {Float64Array} us n·p @param {Float64Array} mx m·p @param {number[]} delay p */
export function ways(us, mx, delay) {
  const ports = delay.length;
  const [n, m] = [us.length / ports, mx.length / ports];
  const minutes = new Float64Array(n * m).fill(NaN);
  const port = new Int16Array(n * m).fill(-1);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let best = Infinity;
      for (let p = 0; p < ports; p++) {
        const through = us[i * ports + p] + delay[p] + mx[j * ports + p];
        if (through < best) [best, port[i * m + j]] = [through, p];
      }
      if (best < Infinity) minutes[i * m + j] = best;
    }
  }
  return { minutes, port };
}

/** What two sites are worth together: the weaker side rules. @param {number} us @param {number} mx @param {number} weaker */
export function combine(us, mx, weaker) {
  return weaker * Math.min(us, mx) + (1 - weaker) * Math.max(us, mx);
}

/**
 * What one truckload costs at the least and at the most, USD: each part, and all together.
 * @param {{us_minutes: number, delay_minutes: number, mx_minutes: number}} pair
 * @param {number[]} toll @param {Record<string, number[]>} of bounds of each unit cost
 */
export function truckload(pair, toll, of) {
  const [us, wait, mx] = [pair.us_minutes / 60, pair.delay_minutes / 60, pair.mx_minutes / 60];
  const ends = [0, 1].map((end) => {
    const [hour, mexican, loaded] = [of.truck_hour[end], of.mx_truck[end], 1 - of.empty_miles[end] / 100];
    return { us: (us * hour) / loaded, delay: wait * hour, mx: (mx * mexican) / loaded, toll: toll[end], total: (us * hour + mx * mexican) / loaded + wait * hour + toll[end] };
  });
  const range = (/** @type {"us"|"delay"|"mx"|"toll"|"total"} */ name) => ends.map((end) => end[name]);
  return { parts: { us: range("us"), delay: range("delay"), mx: range("mx"), toll: range("toll") }, total: range("total") };
}

/** Positions from the greatest score to the least, equal ones in their order; NaN is left out. @param {Float64Array} scores */
export function ranked(scores) {
  const order = new Uint32Array(scores.length);
  let count = 0;
  for (let i = 0; i < scores.length; i++) if (!Number.isNaN(scores[i])) order[count++] = i;
  return order.subarray(0, count).sort((a, b) => scores[b] - scores[a] || a - b);
}

/**
 * The pairs that share no site and have the greatest total score, best first (n by m scores).
 * Each row finds the cheapest path to a free column that keeps all rows before it served.
 * @param {Float64Array} scores @param {number} n @param {number} m @returns {number[]} positions in `scores`
 */
export function bestSet(scores, n, m) {
  const [few, many] = n <= m ? [n, m] : [m, n];
  const worth = (/** @type {number} */ i, /** @type {number} */ j) => scores[n <= m ? i * m + j : j * m + i] || 0;
  const cost = new Float64Array(few * many);
  for (let i = 0; i < few; i++) for (let j = 0; j < many; j++) cost[i * many + j] = -worth(i, j);
  const columnOf = match(cost, few, many);
  const chosen = Array.from(columnOf, (j, i) => (n <= m ? i * m + j : j * m + i));
  return chosen.filter((at) => scores[at] > 0).sort((a, b) => scores[b] - scores[a] || a - b);
}

/** The column of each row at the least total cost. @param {Float64Array} cost @param {number} n @param {number} m */
function match(cost, n, m) {
  const [u, v, far] = [new Float64Array(n), new Float64Array(m), new Float64Array(m)];
  const [columnOf, rowOf, from, left] = [new Int32Array(n).fill(-1), new Int32Array(m).fill(-1), new Int32Array(m), new Int32Array(m)];
  for (let start = 0; start < n; start++) {
    far.fill(Infinity);
    for (let j = 0; j < m; j++) left[j] = m - 1 - j;
    let [count, least, row, end] = [m, 0, start, -1];
    while (end < 0) {
      let [next, pick] = [Infinity, -1];
      const base = row * m;
      for (let k = 0; k < count; k++) {
        const j = left[k];
        const way = least + cost[base + j] - u[row] - v[j];
        if (way < far[j]) [far[j], from[j]] = [way, row];
        if (far[j] < next || (far[j] === next && rowOf[j] < 0)) [next, pick] = [far[j], k];
      }
      least = next;
      const j = left[pick];
      // A column that was reached moves behind the ones that are left.
      left[pick] = left[--count];
      left[count] = j;
      if (rowOf[j] < 0) end = j;
      else row = rowOf[j];
    }
    u[start] += least;
    for (let k = count; k < m; k++) {
      const j = left[k];
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

/**
 * Pairs, best first, as Python ranks them: those kept by rank, and those of the best set.
 * @param {Scores} us @param {Scores} mx @param {Float64Array} worth of the link, n·m @param {number} weaker
 * @param {number} keep
 */
export function pairUp(us, mx, worth, weaker, keep) {
  const [n, m] = [us.score.length, mx.score.length];
  const scores = new Float64Array(n * m);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) scores[i * m + j] = combine(us.score[i], mx.score[j], weaker) * worth[i * m + j];
  const order = ranked(scores);
  const inSet = new Map(bestSet(scores, n, m).map((at, k) => [at, k + 1]));
  const kept = [];
  for (let k = 0; k < order.length; k++) {
    const at = order[k];
    if (k >= keep && !inSet.has(at)) continue;
    const [i, j] = [Math.floor(at / m), at % m];
    const both = (/** @type {"low"|"high"} */ end) => combine(us[end][i], mx[end][j], weaker) * worth[at];
    kept.push({ at, i, j, rank: k + 1, score: scores[at], low: both("low"), high: both("high"), set_rank: inSet.get(at) ?? null });
  }
  return { kept, order };
}
