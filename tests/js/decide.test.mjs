// The deciding core alone, without a page: run by `node --test`, and by tests/show/test_decide_js.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const source = readFileSync(new URL("../../sitesel/show/js/decide.js", import.meta.url), "utf8");
const { bestSet, combine, pairUp, ranked, scoreOf, shares, truckload } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const zones = [
  { id: "ftz", group: "zones", applies_to: "US" },
  { id: "oz", group: "zones", applies_to: "US" },
  { id: "free_zone", group: "zones", applies_to: "MX" },
  { id: "port", group: "access", applies_to: null },
];
const criteria = { ftz: 3, oz: 1, free_zone: 5, port: 9 };

test("a group's weight is shared among its criteria on each side", () => {
  const weights = { groups: { zones: 1, access: 1 }, criteria };
  assert.deepEqual(shares(zones, weights, "US"), [0.375, 0.125, 0, 0.5]);
  assert.deepEqual(shares(zones, weights, "MX"), [0, 0, 0.5, 0.5]);
});

test("without groups the criteria's own weights hold", () => {
  assert.deepEqual(shares(zones, { groups: {}, criteria }, "US"), [3 / 13, 1 / 13, 0, 9 / 13]);
});

test("a group without criteria on a side leaves its weight to the others there", () => {
  const weights = { groups: { zones: 3, access: 1 }, criteria: { ...criteria, free_zone: 0 } };
  assert.deepEqual(shares(zones, weights, "MX"), [0, 0, 0, 1]);
  assert.equal(shares(zones, { ...weights, groups: { zones: 3, access: 0 } }, "MX"), null);
});

test("a group may bear the name of something that every object has", () => {
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    const named = zones.map((one) => (one.group === "zones" ? { ...one, group: name } : one));
    const groups = JSON.parse(`{"${name}": 1, "access": 1}`);
    assert.deepEqual(shares(named, { groups, criteria }, "US"), [0.375, 0.125, 0, 0.5]);
    assert.deepEqual(shares(named, { groups: {}, criteria }, "US"), [3 / 13, 1 / 13, 0, 9 / 13]);
  }
});

test("unknown values count as stated, widen the interval and are never 0", () => {
  assert.deepEqual(scoreOf([1, null], [0.75, 0.25], [0.5, 0.5]), { score: 0.875, low: 0.75, high: 1 });
  assert.deepEqual(scoreOf([1, null], [0.75, 0.25], [0.5, 0]), { score: 0.75, low: 0.75, high: 1 });
  assert.deepEqual(scoreOf([null, null], [0.75, 0.25], [0.5, 0.5]), { score: NaN, low: 0, high: 1 });
  assert.deepEqual(scoreOf([0, null], [1, 0], [0.5, 0.5]), { score: 0, low: 0, high: 0 });
});

test("a truckload is the sum of its parts, and unknown when one of them is", () => {
  const of = { truck_hour: [90, 90], empty_miles: [10, 10], mx_truck: [0, 90], toll_other: [0, 40] };
  const { parts, total } = truckload({ us_minutes: 60, delay_minutes: 20, mx_minutes: 30 }, [10, 20], of);
  assert.deepEqual(total, [140, 200]);
  assert.deepEqual(parts, { us: [100, 100], delay: [30, 30], mx: [0, 50], toll: [10, 20] });
  const blind = truckload({ us_minutes: 60, delay_minutes: 20, mx_minutes: 30 }, [10, NaN], of).total;
  assert.deepEqual(blind, [140, NaN]);
});

test("the weaker side rules", () => assert.equal(combine(1, 0.5, 0.75), 0.625));

test("ranks keep the order of equals and leave out what has no score", () => {
  assert.deepEqual(Array.from(ranked(Float64Array.of(0.2, NaN, 0.9, 0.2))), [2, 0, 3]);
});

/** The greatest total by trying all. */
function exhaustive(scores, n, m, i = 0, used = 0) {
  if (i === n) return 0;
  let best = exhaustive(scores, n, m, i + 1, used);
  for (let j = 0; j < m; j++) {
    if (!(used & (1 << j))) best = Math.max(best, (scores[i * m + j] || 0) + exhaustive(scores, n, m, i + 1, used | (1 << j)));
  }
  return best;
}

test("the best set is the best there is, and uses each site once", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (const [n, m] of [[1, 1], [4, 4], [3, 6], [6, 3], [5, 5]]) {
    for (let round = 0; round < 20; round++) {
      const scores = Float64Array.from({ length: n * m }, () => (random() < 0.2 ? NaN : random() < 0.2 ? 0 : random()));
      const chosen = bestSet(scores, n, m);
      const total = chosen.reduce((sum, at) => sum + scores[at], 0);
      assert.ok(Math.abs(total - exhaustive(scores, n, m)) < 1e-12);
      assert.equal(new Set(chosen.map((at) => Math.floor(at / m))).size, chosen.length);
      assert.equal(new Set(chosen.map((at) => at % m)).size, chosen.length);
    }
  }
});

test("pairs of the best set are kept beyond the number to keep", () => {
  const side = (...scores) => ({ score: Float64Array.from(scores), low: Float64Array.from(scores), high: Float64Array.from(scores) });
  const kept = pairUp(side(0.9, 0.8), side(0.9, 0.1), Float64Array.of(1, 0.8, 0.8, 1), 0.5, 1);
  assert.deepEqual(kept.map((one) => [one.i, one.j, one.rank, one.set_rank]), [[0, 0, 1, 1], [1, 1, 3, 2]]);
});
