// What the charts show: what each criterion brings, what it weighs, trucks by year, the next port.

import { both, num, points, t } from "./words.js";

const SHADES = 7;
const EARTH_KM = 6371.0088;

/** The colour of a group. */
export function shadeOf(study, group) {
  const place = study.groups.findIndex((one) => one.id === group);
  return `var(--group-${1 + (Math.max(0, place) % SHADES)})`;
}

/**
 * What each criterion brings to a score: `weight` on that side, `gained` of it; what is unknown
 * (value null) gains what it counts as. The sum of what is gained is the score.
 */
export function gains(study, site) {
  const own = study.criteria.filter((one) => !one.applies_to || one.applies_to === site.side);
  return own.map((criterion) => {
    const weight = criterion.shares?.[site.side] ?? criterion.weight;
    const value = site.value[criterion.id] ?? null;
    return { criterion, weight, value, gained: weight * (value ?? criterion.unknown) };
  });
}

export const percent = (share, digits = 0) => `${num(100 * share, digits)} %`;

/** The weight of a criterion: on its own side, or on both where they differ. */
export function shareOf({ shares, applies_to }, digits = 0) {
  const { US, MX } = shares;
  if (applies_to || Math.abs(US - MX) < 0.0005) return percent(shares[applies_to ?? "US"], digits);
  return `${t("side_short.US")} ${percent(US, digits)} ${t("side_short.MX")} ${percent(MX, digits)}`;
}

/** A bar as long as a criterion's weight, filled as far as it is gained. */
export const track = (gain, largest, shade) => view.track({ gain, largest, shade });

/** A spot of the group's colour. */
export const chip = (study, group) => view.chip({ shade: shadeOf(study, group) });

export const groupKey = (study) => view.groupKey({ study });

/** A score as the sum of what its groups bring. */
export function stacked(study, site) {
  const sums = Object.fromEntries(study.groups.map((group) => [group.id, 0]));
  for (const { criterion, gained } of gains(study, site)) sums[criterion.group] += gained;
  const words = study.groups.map((group) => `${both(group.title)} ${points(sums[group.id])}`).join(", ");
  return view.stacked({ study, sums, words });
}

/** Northbound trucks by year, as far as they are known. */
export function truckChart({ years }) {
  if (years.length < 2) return null;
  const [first, last] = [years[0][0], years[years.length - 1][0]];
  const most = Math.max(...years.map(([, trucks]) => trucks), 1);
  const gap = years.length < last - first + 1;
  const top = years.find(([, trucks]) => trucks === most)?.[0] ?? first;
  return view.trucks({ years, first, last, most, top, gap, step: 400 / (last - first + 1) });
}

/** Kilometres over the ground, on a sphere. */
export function kmBetween(a, b) {
  const rad = Math.PI / 180;
  const half = (angle) => Math.sin((angle * rad) / 2) ** 2;
  const h = half(b.lat - a.lat) + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * half(b.lon - a.lon);
  return 2 * EARTH_KM * Math.asin(Math.sqrt(h));
}

/** The nearest port open to trucks, other than one. */
export function nearestOpen(ports, spot, but = null) {
  const open = ports.filter((port) => port.open && port !== but).map((port) => ({ port, km: kmBetween(spot, port) }));
  return open.sort((a, b) => a.km - b.km)[0] ?? null;
}
