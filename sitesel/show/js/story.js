// A pair in plain sentences: why it stands where it stands, and what could break it. Built from the
// data alone: each clause is there because a field says so.

import { nearestOpen } from "./charts.js";
import { place } from "./places.js";
import { state } from "./state.js";
import { both, classWord, day, num, points, quantity, t } from "./words.js";

const FAR_KM = 40;
const SHORT_OF_WATER = ["scarce", "strained"];

/** A raw measure in words. @param {any} criterion @param {any} raw */
export function rawWords(criterion, raw) {
  return criterion.words[raw] ? both(criterion.words[raw]) : quantity(raw ?? null, criterion.unit);
}

/** Reasons in words; a figure keeps its unit on the line. @param {any} site @param {"strong"|"weak"|"unknown"} kind @returns {string[]} */
const said = (site, kind) => (site[kind]?.[state.language] ?? []).map((/** @type {string} */ words) => words.replace(/(\d) (?=\S{1,3}$)/, "$1\u00a0"));

/** Two sentences. @param {any} pair @param {import("./places.js").Places} places */
export function why(pair, places) {
  const sites = places.ends(pair);
  const where = { us: place(sites[0]), mx: place(sites[1]), port: places.portName(pair) };
  const [us, mx] = sites.map((site) => said(site, "strong").join(", "));
  return [
    t("why.joined", { ...where, minutes: num(pair.link_minutes), us_score: points(pair.us_score), mx_score: points(pair.mx_score) }),
    us && mx && t("why.strong", { us_strong: us, mx_strong: mx }),
  ].filter(Boolean).join(" ");
}

/** Two sentences: on the ground, and at the port and in law. @param {any} study @param {any} pair @param {import("./places.js").Places} places */
export function risks(study, pair, places) {
  const [sites, port] = [places.ends(pair), places.port.get(pair.port)];
  const weaker = sites.findIndex((site) => site.side === pair.weaker_side);
  const water = weaker >= 0 && dry(sites[weaker]) ? classWord(sites[weaker].water.status_class) : null;
  const weak = weaker >= 0 && said(sites[weaker], "weak").filter((words) => !water || !words.endsWith(water)).slice(0, 2).join(", ");
  const ground = [
    ...new Set(sites.map(dry).filter(Boolean)),
    ...sites.map((site) => site.status === "CONDITIONAL" && t("risk.conditional", { place: place(site) })),
    weak && t("risk.weak", { place: place(sites[weaker]), weak }),
  ];
  const rules = [...(port ? gate(study, pair, port, places) : []), ...lapsing(sites, places), ...blind(sites)];
  const sentence = (/** @type {string} */ key, /** @type {any[]} */ list) => list.some(Boolean) && t(key, { list: list.filter(Boolean).join("; ") });
  return [sentence("risk.ground", ground), sentence("risk.rules", rules)].filter(Boolean).join(" ") || t("risk.none");
}

/** @param {any} site */
function dry(site) {
  const { water } = site;
  if (!water || !SHORT_OF_WATER.includes(water.status_class)) return null;
  const why = [water.balance && classWord(water.balance), water.single_source === "yes" && t("risk.single_source"), water.treaty_risk === "yes" && t("risk.treaty")];
  return t("risk.water", { area: water.name, status: classWord(water.status_class), why: why.filter(Boolean).join(", ") });
}

/** @param {any} study @param {any} pair @param {any} port @param {any} places */
function gate(study, pair, port, places) {
  const next = nearestOpen(places.ports, port, port);
  return [
    port.cargo_to && port.cargo_to >= study.as_of && t("risk.cargo_ends", { port: port.name, day: day(port.cargo_to) }),
    port.delay_min === null && t("risk.delay", { port: port.name, minutes: num(pair.delay_minutes) }),
    next && next.km > FAR_KM && t("risk.alone", { port: next.port.name, km: num(next.km) }),
  ];
}

/** Incentives of which nobody can say whether they still hold. @param {any[]} sites @param {any} places */
function lapsing(sites, places) {
  const doubtful = [...new Set(sites.flatMap((site) => site.incentives ?? []))].map((n) => places.incentives[n]).filter((one) => one && one.in_force === null);
  const days = [...new Set(doubtful.map((one) => one.valid_to ?? ""))];
  return days.map((end) => {
    const regimes = doubtful.filter((one) => (one.valid_to ?? "") === end).map((one) => classWord(one.regime)).join(", ");
    return end ? t("risk.lapsing", { regimes, day: day(end) }) : t("risk.unsure", { regimes });
  });
}

/** @param {any[]} sites */
function blind(sites) {
  const missing = [...new Set(sites.flatMap((site) => said(site, "unknown")))];
  return missing.length ? [t("risk.unknown", { list: missing.join(", ") })] : [];
}
