// Take it away: weights, ranking and sites as files, and the state of the page as a link.

import { el } from "./dom.js";
import { asked, want } from "./find.js";
import { holds, latitude, longitude } from "./payload.js";
import { place } from "./places.js";
import { emit, state } from "./state.js";
import { t } from "./words.js";

const FORMULA = /^[=+\-@\t\r\n]/;
const PAIR = ["rank", "first", "us_site", "port", "mx_site", "score", "score_low", "score_high", "us_score", "mx_score", "weaker_side", "link_minutes", "us_minutes", "delay_minutes", "mx_minutes", "set_rank", "cost_low", "cost_high"];
const SITE = ["rank", "first", "id", "side", "score", "score_low", "score_high", "status", "lon", "lat", "hectares"];

/** Buttons that save, behind one that opens them. @param {any} app */
export function downloads(app) {
  const { study } = app.content;
  const item = (/** @type {string} */ key, /** @type {() => string} */ name, /** @type {string} */ type, /** @type {() => string} */ make) =>
    el("button", { id: `save-${key}`, on: { click: () => save(`${study.id}-${name()}`, type, make()) } }, t(`share.${key}`));
  const tab = () => (state.tab === "pairs" ? "pairs" : `${state.tab.toLowerCase()}-sites`);
  const box = el(
    "details",
    { class: "menu" },
    el("summary", { class: "plain" }, t("share.title")),
    el(
      "div",
      { class: "box" },
      item("weights", () => "weights.yaml", "application/yaml", () => weightsYaml(app)),
      item("ranking", () => `${tab()}.csv`, "text/csv", () => rankingCsv(app)),
      item("sites", () => "sites.geojson", "application/geo+json", () => sitesGeojson(app)),
      el("button", { id: "copy-link", on: { click: (/** @type {Event} */ event) => copyLink(app, /** @type {HTMLElement} */ (event.target)) } }, t("share.link")),
    ),
  );
  box.addEventListener("focusout", (event) => { if (event.relatedTarget && !box.contains(/** @type {Node} */ (event.relatedTarget))) box.removeAttribute("open"); });
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") { box.removeAttribute("open"); box.querySelector("summary")?.focus(); } });
  return box;
}

/** @param {string} name @param {string} type @param {string} text */
function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const anchor = /** @type {HTMLAnchorElement} */ (el("a", { href: url, download: name }));
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The address with the state as it is now. @param {any} app @param {HTMLElement} button */
async function copyLink(app, button) {
  write(app);
  const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  button.textContent = t(done ? "share.copied" : "share.address");
}

/** What `sitesel score OUT --weights FILE` reads. @param {any} app */
export function weightsYaml({ live, content }) {
  const number = (/** @type {number} */ value) => String(value).replace(/^(\d+)e/, "$1.0e"); // YAML 1.1 wants the dot
  const key = (/** @type {string} */ name) => (/^[a-z]\w{2,}$/.test(name) && !/^(yes|off|true|false|null)$/.test(name) ? name : JSON.stringify(name));
  const part = (/** @type {"groups"|"criteria"} */ kind) => {
    const lines = Object.entries(live.weights[kind]).map(([name, weight]) => `  ${key(name)}: ${number(/** @type {number} */ (weight))}\n`);
    return lines.length ? `${kind}:\n${lines.join("")}` : "";
  };
  return `# ${t("share.yaml", { out: content.study.id })}\n${part("groups")}${part("criteria")}`;
}

/** The ranking in sight, for a spreadsheet. @param {any} app */
export function rankingCsv({ places }) {
  const pairs = state.tab === "pairs";
  const extra = (/** @type {any} */ row) => (pairs ? [place(places.site.get(row.us_site)), places.port.get(row.port)?.name ?? "", place(places.site.get(row.mx_site))] : [place(row)]);
  const names = pairs ? PAIR : SITE;
  const heads = [...names.map((name) => ({ first: "rank_in_file", id: "site_id" })[name] ?? name), ...(pairs ? ["us_name", "port_name", "mx_name"] : ["name"])];
  const lines = places.listed().map((/** @type {any} */ row) => [...names.map((name) => row[name]), ...extra(row)]);
  return `\ufeff${[heads, ...lines].map((line) => line.map(field).join(",")).join("\n")}\n`;
}

/** A field of a CSV file; text that a spreadsheet would run as a formula gets an apostrophe. @param {any} value */
export function field(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The chosen site, both of the chosen pair, or all sites of the list. @param {any} app */
export function sitesGeojson({ places, content }) {
  const { chosen } = state;
  const pair = chosen?.kind === "pair" && places.pair(chosen.id);
  const one = chosen?.kind === "site" && places.site.get(chosen.id);
  const listed = state.tab === "pairs" ? places.sites : places.listed();
  const sites = pair ? places.ends(pair) : one ? [one] : listed;
  const features = sites.map((/** @type {any} */ site) => ({
    type: "Feature",
    id: site.id,
    properties: { ...Object.fromEntries(SITE.map((name) => [name === "first" ? "rank_in_file" : name, site[name]])), name: place(site) },
    geometry: polygons(site.shape),
  }));
  return `${JSON.stringify({ type: "FeatureCollection", name: content.study.id, features })}\n`;
}

/** Rings in Mercator to a MultiPolygon in degrees: a ring inside an odd number of others is a hole. @param {import("./payload.js").Shape} shape */
function polygons(shape) {
  const degrees = (/** @type {Float64Array} */ ring) =>
    Array.from({ length: ring.length / 2 }, (_, n) => [round(longitude(ring[2 * n])), round(latitude(ring[2 * n + 1]))]);
  const around = shape.parts.map((ring) => shape.parts.filter((other) => other !== ring && holds(other, (ring[0] + ring[2]) / 2, (ring[1] + ring[3]) / 2)));
  const outer = shape.parts.filter((_, n) => around[n].length % 2 === 0);
  const holes = (/** @type {Float64Array} */ ring) => shape.parts.filter((_, n) => around[n].length % 2 === 1 && around[n].includes(ring));
  return { type: "MultiPolygon", coordinates: outer.map((ring) => [ring, ...holes(ring)].map(degrees)) };
}

/** @param {number} value */
const round = (value) => Math.round(value * 1e5) / 1e5;

/** What is chosen, by a name that outlives ranks. @param {any} app @returns {string|null} */
export function chosenId({ places }) {
  const { chosen } = state;
  if (chosen?.kind === "pair") return places.pair(chosen.id)?.id ?? null;
  return chosen?.kind === "site" ? chosen.id : null;
}

/** The state of the page as the fragment of its address. @param {any} app */
export function fragment(app) {
  const { live, map } = app;
  const said = new URLSearchParams();
  for (const kind of /** @type {const} */ (["groups", "criteria"])) {
    for (const [name, weight] of Object.entries(live.weights[kind])) if (weight !== live.file[kind][name]) said.set(`${kind}.${name}`, String(weight));
  }
  said.set("lang", state.language);
  said.set("tab", state.tab);
  if (state.setOnly) said.set("set", "1");
  for (const [name, value] of asked()) said.set(`find.${name}`, value);
  const id = chosenId(app);
  if (id) said.set("id", id);
  const { lat, lng } = map.getCenter();
  said.set("at", [lat.toFixed(5), lng.toFixed(5), map.getZoom()].join(","));
  said.set("layers", [...(state.surface ? ["surface"] : []), ...state.layers].join(","));
  return said.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
}

/** @param {any} app */
function write(app) {
  try {
    history.replaceState(history.state, "", `#${fragment(app)}`);
  } catch {
    // A page inside another document may have no address of its own to write to.
  }
}

/** Keep the address in step with the page, once the page has come to rest. @param {any} app */
export function follow(app) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => write(app), 250);
  };
}

/** Take over what a fragment says; what it does not know or cannot use is left aside. @param {any} app @param {string} text */
export function restore(app, text) {
  const said = new URLSearchParams(text.replace(/^#/, ""));
  const { live, places, content, languages, map } = app;
  if (![...said.keys()].some((key) => /^(lang|tab|set|id|at|layers|(groups|criteria|find)\..+)$/.test(key))) return;
  const language = said.get("lang") ?? "";
  if (languages.includes(language)) state.language = language;
  const tab = said.get("tab") ?? "";
  if (places.has(tab)) state.tab = tab;
  state.setOnly = said.get("set") === "1";
  want(Object.fromEntries([...said].filter(([key]) => key.startsWith("find.")).map(([key, value]) => [key.slice(5), value])), places);
  if (said.has("layers")) {
    const names = new Set(said.get("layers")?.split(","));
    state.surface = names.has("surface");
    state.layers = new Set(content.layers.map((/** @type {any} */ one) => one.id).filter((/** @type {string} */ id) => names.has(id)));
  }
  const weights = { groups: { ...live.file.groups }, criteria: { ...live.file.criteria } };
  for (const [key, value] of said) {
    const [kind, name] = [key.split(".")[0], key.slice(key.indexOf(".") + 1)];
    const weight = Number(value);
    if ((kind === "groups" || kind === "criteria") && name in weights[kind] && weight >= 0 && weight < Infinity) weights[kind][name] = weight;
  }
  try {
    if (JSON.stringify(weights) !== JSON.stringify(live.weights)) live.set(weights);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  const [lat, lng, zoom] = (said.get("at") ?? "").split(",").map(Number);
  state.chosen = choiceOf(places, said.get("id"));
  emit("language");
  if ([lat, lng, zoom].every(Number.isFinite)) map.setView([lat, lng], zoom, { animate: false });
}

/** The site or pair of an id; null when there is none. @param {any} places @param {string|null} id */
export function choiceOf(places, id) {
  if (id !== null && places.site.has(id)) return { kind: /** @type {const} */ ("site"), id };
  const pair = places.pairs.find((/** @type {any} */ one) => one.id === id);
  return pair ? { kind: /** @type {const} */ ("pair"), id: pair.rank } : null;
}
