// Small charts of the card: what each criterion brings, the legs of a link, a port's trucks by year.

import { el } from "./dom.js";
import { both, num, points, t } from "./words.js";

const SHADES = 7;
const EARTH_KM = 6371.0088;

/** @param {any} study @param {string} group */
export function shadeOf(study, group) {
  return `var(--group-${1 + (Math.max(0, study.groups.findIndex((/** @type {any} */ one) => one.id === group)) % SHADES)})`;
}

/**
 * What each criterion brings to a score: `weight` on that side, `gained` of it; what is unknown
 * (value null) gains what it counts as. The sum of what is gained is the score.
 * @param {any} study @param {{side: string, value: Record<string, number|null>}} site
 */
export function gains(study, site) {
  const only = (/** @type {any} */ one) => one.applies_to === site.side;
  const own = study.criteria.filter((/** @type {any} */ one) => !one.applies_to || only(one));
  return own.map((/** @type {any} */ criterion) => {
    const weight = criterion.shares?.[site.side] ?? criterion.weight;
    const value = site.value[criterion.id] ?? null;
    return { criterion, weight, value, gained: weight * (value ?? criterion.unknown) };
  });
}

/** @param {number} share @param {number} [digits] */
export const percent = (share, digits) => `${num(100 * share, digits)} %`;

/** The weight of a criterion: on its own side, or on both where they differ. @param {any} one @param {number} [digits] */
export function shareOf(one, digits) {
  const { US, MX } = one.shares;
  if (one.applies_to || Math.abs(US - MX) < 0.0005) return percent(one.shares[one.applies_to ?? "US"], digits);
  return `${t("side_short.US")} ${percent(US, digits)} ${t("side_short.MX")} ${percent(MX, digits)}`;
}

/** One criterion's bar: as long as its weight, filled as far as it is gained. @param {any|undefined} gain @param {number} largest @param {string} words @param {string} shade */
export function gainBar(gain, largest, words, shade) {
  if (!gain) return el("span", { class: "meter away" }, el("span", { class: "raw" }, words));
  const got = t(gain.value === null ? "card.counted" : "card.gained", { gained: num(100 * gain.gained, 1), most: num(100 * gain.weight, 1) });
  return el("span", { class: gain.value === null ? "meter none" : "meter" }, track(gain, largest, shade), el("span", { class: "raw" }, words, el("small", {}, ` ${got}`)));
}

/** The bar itself; what is unknown is filled as far as it counts, without colour. @param {any} gain @param {number} largest @param {string} shade */
export function track(gain, largest, shade) {
  const unknown = gain.value === null;
  const fill = el("span", { class: unknown ? "fill guess" : "fill", style: { width: `${100 * (gain.value ?? gain.criterion.unknown)}%`, ...(unknown ? {} : { background: shade }) } });
  return el("span", { class: "track", style: { width: `${(100 * gain.weight) / largest}%` } }, fill);
}

/** A score as the sum of what its groups bring. @param {any} study @param {any} site */
export function stacked(study, site) {
  const list = gains(study, site);
  const parts = study.groups.map((/** @type {any} */ group) => ({ group, gained: list.filter((/** @type {any} */ one) => one.criterion.group === group.id).reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.gained, 0) }));
  const words = parts.map((/** @type {any} */ one) => `${both(one.group.title)} ${points(one.gained)}`).join(", ");
  return el("span", { class: "stacked", role: "img", "aria-label": words, title: words }, parts.map((/** @type {any} */ one) => el("span", { style: { width: `${100 * one.gained}%`, background: shadeOf(study, one.group.id) } })));
}

/** A spot of the group's colour. @param {any} study @param {string} group */
export const chip = (study, group) => el("span", { class: "chip", style: { background: shadeOf(study, group) } });

/** @param {any} study */
export function groupKey(study) {
  return el("p", { class: "quiet group-key" }, study.groups.map((/** @type {any} */ group) => el("span", {}, chip(study, group.id), both(group.title))));
}

/** The way between two sites by its legs. @param {any} pair */
export function legs(pair) {
  const parts = [["us", pair.us_minutes], ["delay", pair.delay_minutes], ["mx", pair.mx_minutes]];
  return el(
    "div",
    { class: "legs" },
    el("div", { class: "legs-bar", "aria-hidden": "true" }, parts.map(([leg, minutes]) => el("span", { class: `leg-${leg}`, style: { flex: String(minutes ?? 0) } }))),
    el("ul", {}, parts.map(([leg, minutes]) => el("li", {}, el("span", { class: `chip leg-${leg}`, "aria-hidden": "true" }), t(`legs.${leg}`, { minutes: num(minutes) })))),
  );
}

/** @param {string} tag @param {Record<string, any>} options @param {...any} children */
function svg(tag, options, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(options)) node.setAttribute(name, String(value));
  for (const child of children.flat()) node.append(child);
  return node;
}

/** Trucks by year, as far as they are known. @param {any} port */
export function truckYears(port) {
  const latest = Object.keys(port).filter((name) => /^trucks_\d{4}$/.test(name)).map((name) => [Number(name.slice(7)), port[name]]);
  return [...(port.volumes ?? []), ...latest].filter(([, trucks]) => trucks !== null && trucks !== undefined).sort((a, b) => a[0] - b[0]);
}

/** @param {any} port */
export function truckChart(port) {
  const years = truckYears(port);
  if (years.length < 2) return null;
  const [first, last] = [years[0][0], years[years.length - 1][0]];
  const most = Math.max(...years.map(([, trucks]) => trucks), 1);
  const [wide, high, step] = [400, 64, 400 / (last - first + 1)];
  const bars = years.map(([year, trucks]) => svg("rect", { x: (year - first) * step + 1, y: 14 + high * (1 - trucks / most), width: step - 2, height: Math.max(1, (high * trucks) / most) }, svg("title", {}, `${year}: ${num(trucks)}`)));
  const label = (/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ anchor, /** @type {string} */ words) => svg("text", { x, y, "text-anchor": anchor }, words);
  const top = years.find(([, trucks]) => trucks === most);
  const x = Math.min(Math.max((top[0] - first + 0.5) * step, 30), wide - 30);
  const axis = svg("line", { x1: 0, x2: wide, y1: 14 + high, y2: 14 + high });
  const words = t("trucks.title", { first, last });
  const said = `${words}. ${years.map(([year, trucks]) => `${year}: ${num(trucks)}`).join("; ")}`;
  const gap = years.some(([year], n) => n > 0 && year - years[n - 1][0] > 1);
  const picture = svg("svg", { viewBox: `0 0 ${wide} ${high + 30}`, role: "img", "aria-label": said, class: "trucks" }, bars, axis, label(0, high + 27, "start", String(first)), label(wide, high + 27, "end", String(last)), label(x, 10, "middle", num(most)));
  return el("figure", {}, el("figcaption", {}, words, gap && el("span", { class: "quiet" }, ` ${t("trucks.gap")}`)), picture);
}

/** Kilometres over the ground, on a sphere. @param {any} a @param {any} b */
export function kmBetween(a, b) {
  const rad = Math.PI / 180;
  const half = (/** @type {number} */ angle) => Math.sin((angle * rad) / 2) ** 2;
  const h = half(b.lat - a.lat) + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * half(b.lon - a.lon);
  return 2 * EARTH_KM * Math.asin(Math.sqrt(h));
}

/** The nearest port open to trucks, other than one. @param {any[]} ports @param {any} spot @param {any} [but] */
export function nearestOpen(ports, spot, but) {
  const open = ports.filter((port) => port.open && port !== but).map((port) => ({ port, km: kmBetween(spot, port) }));
  return open.sort((a, b) => a.km - b.km)[0] ?? null;
}
