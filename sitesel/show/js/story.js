// A pair in plain sentences: why it stands where it stands, and what could break it. Built from the
// data alone: each clause is there because a field says so.

import { nearestOpen } from "./charts.js";
import { place } from "./places.js";
import { state } from "./state.js";
import { both, classWord, day, num, points, quantity, t } from "./words.js";

const FAR_KM = 40;
const SHORT_OF_WATER = ["scarce", "strained"];

/** A raw measure in words. */
export function rawWords(criterion, raw) {
  return criterion.words[raw] ? both(criterion.words[raw]) : quantity(raw ?? null, criterion.unit);
}

/** Reasons in words; a figure keeps its unit on the line. */
const said = (site, kind) =>
  (site[kind]?.[state.language] ?? []).map((words) => words.replace(/(\d) (?=\S{1,3}$)/, "$1\u00a0"));

const joined = (clauses, sign) => clauses.filter(Boolean).join(sign);

/** Two sentences. */
export function why(pair, places) {
  const [us, mx] = places.ends(pair);
  const ends = { us: place(us), mx: place(mx), us_score: points(pair.us_score), mx_score: points(pair.mx_score) };
  const [us_strong, mx_strong] = [us, mx].map((site) => said(site, "strong").join(", "));
  const link = t("why.joined", { ...ends, port: places.portName(pair), minutes: num(pair.link_minutes) });
  return joined([link, us_strong && mx_strong && t("why.strong", { us_strong, mx_strong })], " ");
}

/** Two sentences: on the ground, and at the port and in law. */
export function risks(study, pair, places) {
  const sites = places.ends(pair);
  const conditional = sites.filter((site) => site.status === "CONDITIONAL");
  const ground = [
    ...new Set(sites.map(dry)),
    ...conditional.map((site) => t("risk.conditional", { place: place(site) })),
    ...sites.filter((site) => site.side === pair.weaker_side).map(weak),
  ];
  const rules = [...gate(study, pair, places), ...lapsing(sites, places), blind(sites)];
  const sentences = [["risk.ground", joined(ground, "; ")], ["risk.rules", joined(rules, "; ")]];
  return joined(sentences.map(([key, list]) => list && t(key, { list })), " ") || t("risk.none");
}

const isDry = ({ water }) => SHORT_OF_WATER.includes(water?.status_class);

function dry(site) {
  if (!isDry(site)) return null;
  const { name, balance, single_source, treaty_risk, status_class } = site.water;
  const alone = single_source === "yes" && t("risk.single_source");
  const why = joined([balance && classWord(balance), alone, treaty_risk === "yes" && t("risk.treaty")], ", ");
  return t("risk.water", { area: name, status: classWord(status_class), why });
}

/** What a site is weak on, without the water that was told of before. */
function weak(site) {
  const told = (words) => isDry(site) && words.endsWith(classWord(site.water.status_class));
  const list = said(site, "weak").filter((words) => !told(words)).slice(0, 2).join(", ");
  return list && t("risk.weak", { place: place(site), weak: list });
}

function gate(study, pair, places) {
  const port = places.port.get(pair.port);
  if (!port) return [];
  const next = nearestOpen(places.ports, port, port);
  return [
    port.cargo_to >= study.as_of && t("risk.cargo_ends", { port: port.name, day: day(port.cargo_to) }),
    port.delay_min === null && t("risk.delay", { port: port.name, minutes: num(pair.delay_minutes) }),
    next?.km > FAR_KM && t("risk.alone", { port: next.port.name, km: num(next.km) }),
  ];
}

/** Incentives of which nobody can say whether they still hold, by their last known day. */
function lapsing(sites, places) {
  const rows = [...new Set(sites.flatMap((site) => site.incentives ?? []))].map((n) => places.incentives[n]);
  const doubtful = rows.filter((row) => row?.in_force === null);
  return [...new Set(doubtful.map((row) => row.valid_to))].map((end) => {
    const regimes = doubtful.filter((row) => row.valid_to === end).map((row) => classWord(row.regime)).join(", ");
    return end ? t("risk.lapsing", { regimes, day: day(end) }) : t("risk.unsure", { regimes });
  });
}

function blind(sites) {
  const list = [...new Set(sites.flatMap((site) => said(site, "unknown")))].join(", ");
  return list && t("risk.unknown", { list });
}
