// What the charts show: what each criterion brings and weighs, and which port is next.

import { both, num, points, t } from "./words.js";

/** The colour of a group. */
export const shadeOf = (study, group) => `var(--group-${study.groups.find((one) => one.id === group).shade})`;

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

/** A score as the sum of what its groups bring. */
export function stacked(study, site) {
  const sums = Object.fromEntries(study.groups.map((group) => [group.id, 0]));
  for (const { criterion, gained } of gains(study, site)) sums[criterion.group] += gained;
  const words = study.groups.map((group) => `${both(group.title)} ${points(sums[group.id])}`).join(", ");
  return view.stacked({ study, sums, words });
}

/** Kilometres over the ground. */
export const kmBetween = (a, b) => L.latLng(a).distanceTo(b) / 1000;

/** The nearest port open to trucks, other than one. */
export function nearestOpen(ports, spot, but = null) {
  const open = ports.filter((port) => port.open && port !== but).map((port) => ({ port, km: kmBetween(spot, port) }));
  return open.sort((a, b) => a.km - b.km)[0];
}
