// Take it away: weights, ranking and sites as files, and the state of the page as a link.

import { el } from "./dom.js";
import { asked, want } from "./find.js";
import { latitude, longitude } from "./payload.js";
import { choiceOf, place } from "./places.js";
import { emit, on, state } from "./state.js";
import { t } from "./words.js";

/** What is handed out of a row. */
export const COLUMNS = {
  pairs: [
    "rank", "first", "us_site", "port", "mx_site", "score", "score_low", "score_high", "us_score", "mx_score",
    "weaker_side", "link_minutes", "us_minutes", "delay_minutes", "mx_minutes", "set_rank", "cost_low", "cost_high",
  ],
  sites: ["rank", "first", "id", "side", "score", "score_low", "score_high", "status", "lon", "lat", "hectares"],
};

/** Buttons that save, behind one that opens them. */
export function downloads(app) {
  const { id } = app.content.study;
  const tab = () => (state.tab === "pairs" ? "pairs" : `${state.tab.toLowerCase()}-sites`);
  const files = {
    weights: () => save(`${id}-weights.yaml`, "application/yaml", weightsYaml(app)),
    ranking: () => save(`${id}-${tab()}.csv`, "text/csv", rankingCsv(app)),
    sites: () => save(`${id}-sites.geojson`, "application/geo+json", sitesGeojson(app)),
  };
  return view.shareMenu({ files: Object.entries(files), copy: (button) => copyLink(app, button) });
}

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The address with the state as it is now. */
async function copyLink(app, button) {
  write(app);
  const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  button.textContent = t(done ? "share.copied" : "share.address");
}

/** What `sitesel score OUT --weights FILE` reads. */
function weightsYaml({ live, content }) {
  const plain = /^(?!(yes|off|true|false|null)$)[a-z]\w{2,}$/;
  const number = (value) => String(value).replace(/^(\d+)e/, "$1.0e"); // YAML 1.1 wants the dot
  const line = ([name, weight]) => `  ${plain.test(name) ? name : JSON.stringify(name)}: ${number(weight)}\n`;
  const lines = (kind) => Object.entries(live.weights[kind]).map(line).join("");
  const parts = ["groups", "criteria"].map((kind) => lines(kind) && `${kind}:\n${lines(kind)}`);
  return `# ${t("share.yaml", { out: content.study.id })}\n${parts.join("")}`;
}

/** The ranking in sight, for a spreadsheet. */
function rankingCsv({ places, content }) {
  const pairs = state.tab === "pairs";
  const columns = pairs ? COLUMNS.pairs : [...COLUMNS.sites, ...content.study.told.map((one) => one.column)];
  const heads = columns.map((name) => ({ first: "rank_in_file", id: "site_id" })[name] ?? name);
  const lines = places.listed().map((row) => {
    const [first, ...rest] = places.ends(row).map(place);
    const known = columns.map((name) => row[name] ?? row.told?.[name]);
    return pairs ? [...known, first, places.portName(row), ...rest] : [...known, first];
  });
  const all = [[...heads, ...(pairs ? ["us_name", "port_name", "mx_name"] : ["name"])], ...lines];
  return `\ufeff${all.map((line) => `${line.map(field).join(",")}\n`).join("")}`;
}

/** A field of a CSV file; text that a spreadsheet would run as a formula gets an apostrophe. */
function field(value) {
  if (typeof value !== "string") return String(value ?? "");
  const safe = value.replace(/^[=+\-@\t\r\n]/, "'$&");
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The chosen site, both of the chosen pair, or all sites of the list. */
function sitesGeojson({ places, content }) {
  const [lit, listed] = [[...places.lit()], state.tab === "pairs" ? places.sites : places.listed()];
  const features = (lit.length ? lit : listed).map((site) => {
    const known = COLUMNS.sites.map((name) => [name === "first" ? "rank_in_file" : name, site[name]]);
    const properties = { ...Object.fromEntries(known), ...site.told, name: place(site) };
    return { type: "Feature", id: site.id, properties, geometry: polygons(site) };
  });
  return `${JSON.stringify({ type: "FeatureCollection", name: content.study.id, features })}\n`;
}

/** The rings of a site, in degrees; `rings` says how many each of its polygons has. */
function polygons({ shape, rings }) {
  const round = (value) => Math.round(value * 1e5) / 1e5;
  const corner = (ring, n) => [round(longitude(ring[2 * n])), round(latitude(ring[2 * n + 1]))];
  const degrees = shape.parts.map((ring) => Array.from({ length: ring.length / 2 }, (_, n) => corner(ring, n)));
  return { type: "MultiPolygon", coordinates: rings.map((count) => degrees.splice(0, count)) };
}

/** The state of the page as the fragment of its address. */
function fragment(app) {
  const { live, map } = app;
  const said = new URLSearchParams({ lang: state.language, tab: state.tab });
  for (const kind of ["groups", "criteria"]) {
    const moved = Object.entries(live.weights[kind]).filter(([name, weight]) => weight !== live.file[kind][name]);
    moved.forEach(([name, weight]) => said.set(`${kind}.${name}`, String(weight)));
  }
  if (state.setOnly) said.set("set", "1");
  asked().forEach(([name, value]) => said.set(`find.${name}`, value));
  if (state.chosen) said.set("id", state.chosen.id);
  app.card.compare.chosen.forEach((one) => said.append("compared", one));
  const { lat, lng } = map.getCenter();
  said.set("at", [lat.toFixed(5), lng.toFixed(5), map.getZoom()].join());
  said.set("layers", [...(state.surface ? ["surface"] : []), ...state.layers].join());
  return said.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
}

function write(app) {
  try {
    history.replaceState(history.state, "", `#${fragment(app)}`);
  } catch {
    // A page inside another document may have no address of its own to write to.
  }
}

/** Keep page and address in step: the address follows once the page has come to rest. */
export function follow(app) {
  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(write, 250, app);
  };
  for (const topic of ["language", "list", "choice", "compared", "layers", "weights"]) on(topic, soon);
  app.map.on("moveend", soon);
  addEventListener("hashchange", ({ newURL }) => restore(app, new URL(newURL).hash || `#${app.home}`)); // ours may lag
}

/** Take over what the address says; what the page does not know or cannot use is left aside. */
export function restore(app, hash = location.hash) {
  const { live, places, content, languages, map, card } = app;
  app.home ??= fragment(app); // the page as it opens without a link
  const said = new URLSearchParams(hash.slice(1));
  const known = /^(lang|tab|set|id|compared|at|layers|(groups|criteria|find)\..+)$/;
  if (![...said.keys()].some((key) => known.test(key))) return;
  const unsaid = [...new URLSearchParams(app.home)].filter(([key]) => key !== "lang" && !said.has(key));
  unsaid.forEach(([key, value]) => said.set(key, value));
  card.close();
  const get = (key) => said.get(key) ?? "";
  const parts = [...said].map(([key, value]) => [...key.split(/\.(.*)/, 2), value]);
  if (languages.includes(get("lang"))) state.language = get("lang");
  if (places.has(get("tab"))) state.tab = get("tab");
  state.setOnly = get("set") === "1";
  want(Object.fromEntries(parts.filter(([kind]) => kind === "find").map(([, ...found]) => found)), places);
  const names = get("layers").split(",");
  state.surface = names.includes("surface");
  state.layers = new Set(content.layers.map((one) => one.id).filter((id) => names.includes(id)));
  const weights = structuredClone(live.file);
  for (const [kind, name, value] of parts.filter(([kind]) => Object.hasOwn(weights, kind))) {
    const weight = Number(value || NaN);
    if (Object.hasOwn(weights[kind], name) && weight >= 0) weights[kind][name] = weight;
  }
  try {
    if (JSON.stringify(weights) !== JSON.stringify(live.weights)) live.set(weights);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  const row = places.row(get("id"));
  state.chosen = row ? choiceOf(row) : null;
  card.compare.take(said.getAll("compared"));
  emit("language");
  emit("layers");
  if (said.has("id") && !row) card.open({ kind: "gone", id: 0 });
  const [lat, lng, zoom] = get("at").split(",").map((part) => Number(part || NaN));
  if (Math.abs(lat) <= 90 && Math.abs(lng) <= 180 && zoom >= 0) map.setView([lat, lng], zoom, { animate: false });
}
