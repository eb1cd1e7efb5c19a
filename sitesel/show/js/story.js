// A pair in plain sentences, from the data alone: why it stands where it stands, and what could break it.

import { nearestOpen } from "./charts.js";
import { both, classWord, quantity } from "./words.js";

export const FAR_KM = 40; // to the next port: a pair has no other

/** A raw measure in words. */
export const rawWords = (criterion, raw) =>
  criterion.words[raw] ? both(criterion.words[raw]) : quantity(raw ?? null, criterion.unit);

/** Different clauses as one text. */
export const joined = (clauses, sign) => [...new Set(clauses.flat(Infinity).filter(Boolean))].join(sign);

/** Reasons in words; a figure keeps its unit on the line. */
const reasonsOf = (site, kind) => site.reasons(kind).map((words) => words.replace(/(\d) (?=\S{1,3}$)/, "$1\u00a0"));

/** What it is short of water for, if a site is. */
export const dry = ({ water }) => (["scarce", "strained"].includes(water?.status_class) ? water : null);

/** Two sentences. */
export function why(pair, places) {
  const [us, mx] = places.ends(pair);
  const [us_strong, mx_strong] = [us, mx].map((site) => joined(reasonsOf(site, "strong"), ", "));
  return joined(view.why({ pair, port: places.portName(pair), us, mx, us_strong, mx_strong }), " ");
}

/** Two sentences: on the ground, and at the port and in law. */
export function risks(study, pair, places) {
  const [sites, port] = [places.ends(pair), places.port.get(pair.port)];
  const weaker = sites.find((site) => site.side === pair.weaker_side);
  const told = dry(weaker) && classWord(weaker.water.status_class);
  const weak = reasonsOf(weaker, "weak").filter((words) => !told || !words.endsWith(told)).slice(0, 2).join(", ");
  const next = port && nearestOpen(places.ports, port, port);
  const missing = joined(sites.map((site) => reasonsOf(site, "unknown")), ", ");
  const ground = joined(view.riskGround({ sites, weaker, weak }), "; ");
  const rules = joined(view.riskRules({ study, pair, port, next, missing, sites }), "; ");
  return joined(view.risks({ ground, rules }), " ");
}
