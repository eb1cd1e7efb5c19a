// One page a pair on paper: map, both sides, every criterion, and where the figures come from.

import { el, facts, fill } from "./dom.js";
import { choose, emit, state } from "./state.js";
import { both, classWord, day, num, points, quantity, t, worst } from "./words.js";
import { place } from "./places.js";
import { dollars } from "./money.js";
import { shareOf } from "./charts.js";
import { portFacts } from "./parts.js";
import { reasons, steadiness } from "./ranking.js";
import { risks, why } from "./story.js";
import { RAMP } from "./colours.js";

const MAP_SHAPE = 1.12; // width to height of the map's place on the sheet
const CUT = 560; // pixels of the map at least: fewer, and names are large; more, and they are small
const [LARGEST, SMALLEST] = [9.2, 4.4]; // points of type
const PORT_FIELDS = ["trucks", "trucks_year", "hours", "fast", "lanes", "rail", "delay_min", "modernisation_date"];
const SCALES = [1, 2, 5, 10, 20, 30, 50, 100, 200, 300, 500];

/** @typedef {{map: any, content: any, places: import("./places.js").Places, languages: string[]}} App */

/** Prepare a sheet whenever the browser prints. @param {App} app */
export function printable(app) {
  const sheet = el("article", { id: "sheet" });
  document.body.append(sheet);
  addEventListener("beforeprint", () => {
    const pair = pairToPrint(app.places);
    document.body.classList.toggle("with-sheet", pair !== null);
    if (pair) compose(sheet, app, pair);
  });
  addEventListener("afterprint", () => {
    document.body.classList.remove("with-sheet");
    fill(sheet);
  });
  asked(app);
}

/** What `sitesel sheet` asks for in the page's address: a pair, a language, a paper. @param {App} app */
function asked({ map, places, languages }) {
  const wanted = new URLSearchParams(location.search);
  const language = wanted.get("lang") ?? "";
  if (languages.includes(language)) {
    state.language = language;
    emit("language");
  }
  const paper = wanted.get("paper");
  if (paper === "A4" || paper === "letter") document.head.append(el("style", {}, `@page { size: ${paper}; }`));
  const pair = places.pairs.find((one) => one.id === wanted.get("sheet"));
  if (!pair) return;
  choose({ kind: "pair", id: pair.rank });
  const corners = places.way(pair).map((stop) => [stop.lat, stop.lon]);
  map.fitBounds(L.latLngBounds(corners).pad(0.35), { maxZoom: 10.5, animate: false }); // no flight
}

/** The chosen pair, or the best one of the chosen site, or the best of all. @param {import("./places.js").Places} places */
function pairToPrint(places) {
  const { chosen } = state;
  const best = [...places.pairs].sort((a, b) => a.rank - b.rank);
  const mine = best.find((pair) => {
    if (chosen?.kind === "pair") return pair.rank === chosen.id;
    return chosen?.kind === "site" && (pair.us_site === chosen.id || pair.mx_site === chosen.id);
  });
  return mine ?? best[0] ?? null;
}

/** @param {HTMLElement} sheet @param {App} app @param {any} pair */
function compose(sheet, app, pair) {
  const { content, places } = app;
  const ends = places.ends(pair);
  const layers = cited(content, app.places);
  sheet.lang = state.language;
  fill(
    sheet,
    el("p", { class: "sheet-head" }, el("b", {}, both(content.study.title)), el("span", {}, t("sheet.of", { rank: num(pair.rank), count: num(places.pairs.length) }), " · ", t("sheet.as_of", { day: day(content.study.as_of) }))),
    el("h1", {}, places.title(pair)),
    el("div", { class: "sheet-top" }, el("figure", {}, picture(app, pair), legend(content.grid)), summary(app, pair, ends)),
    table(content.study, ends, layers),
    zones(ends),
    story(app, pair),
    sources(layers),
  );
  shrink(sheet);
}

/** Take the largest type with which everything stands on one page, A4 or Letter. @param {HTMLElement} sheet */
function shrink(sheet) {
  sheet.classList.add("measured");
  let size = LARGEST;
  do sheet.style.fontSize = `${size}pt`;
  while (sheet.scrollHeight > sheet.clientHeight && (size -= 0.2) > SMALLEST);
  sheet.classList.remove("measured");
}

/** Layers that the criteria were measured on, then those that are drawn, each once. @param {any} content @param {import("./places.js").Places} places */
function cited(content, places) {
  const used = content.study.criteria.flatMap((/** @type {any} */ one) => one.layers);
  if (places.ports.length) used.push("ports_of_entry");
  if (places.costs) used.push("unit_costs");
  const known = new Map(content.layers.map((/** @type {any} */ layer) => [layer.id, layer]));
  return [...new Set([...used, ...state.layers])].map((id) => known.get(id)).filter(Boolean);
}

/** The map as it stands, cut to shape round the pair. @param {App} app @param {any} pair */
function picture({ map, places }, pair) {
  map.fire("moveend"); // paint now what waits for the next frame
  /** @type {HTMLCanvasElement[]} */
  const sheets = Array.from(map.getContainer().querySelectorAll(".leaflet-overlay-pane canvas"));
  const [source] = sheets;
  const { x: wide, y: high } = map.getSize();
  const [outer, inner] = [map.getContainer().getBoundingClientRect(), source.getBoundingClientRect()];
  const ratio = source.width / (inner.width || 1);
  const stops = places.way(pair).map((stop) => map.latLngToContainerPoint([stop.lat, stop.lon]));
  const [xs, ys] = [stops.map((stop) => stop.x), stops.map((stop) => stop.y)];
  const needed = Math.max(CUT, 1.5 * extent(xs), 1.5 * extent(ys) * MAP_SHAPE);
  const [width, height] = [Math.min(wide, high * MAP_SHAPE, needed), Math.min(high, wide / MAP_SHAPE, needed / MAP_SHAPE)];
  const [left, top] = [within(xs, width, wide), within(ys, height, high)];
  const copy = /** @type {HTMLCanvasElement} */ (el("canvas", { role: "img", "aria-label": t("sheet.map") }));
  [copy.width, copy.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  const ctx = /** @type {CanvasRenderingContext2D} */ (copy.getContext("2d"));
  ctx.fillStyle = "#fff";
  ctx.fillRect(0, 0, copy.width, copy.height);
  for (const one of sheets) if (one.width && one.height) ctx.drawImage(one, -(left + outer.x - inner.x) * ratio, -(top + outer.y - inner.y) * ratio);
  scaleBar(ctx, map.distance(map.containerPointToLatLng([left, top + height]), map.containerPointToLatLng([left + width, top + height])) / copy.width, ratio);
  return copy;
}

/** @param {number[]} points */
const extent = (points) => (points.length ? Math.max(...points) - Math.min(...points) : 0);

/** Where a cut of this size starts so that its middle is that of the points. @param {number[]} points @param {number} size @param {number} whole */
function within(points, size, whole) {
  const middle = points.length ? (Math.min(...points) + Math.max(...points)) / 2 : whole / 2;
  return Math.max(0, Math.min(whole - size, middle - size / 2));
}

/** @param {CanvasRenderingContext2D} ctx @param {number} metres of a pixel @param {number} ratio */
function scaleBar(ctx, metres, ratio) {
  const { width, height } = ctx.canvas;
  const km = SCALES.filter((one) => one * 1000 < (metres * width) / 3).pop();
  if (!km) return;
  const [long, edge, thick] = [(km * 1000) / metres, 12 * ratio, 3 * ratio];
  ctx.fillStyle = "#ffffffd0";
  ctx.fillRect(width - long - 2 * edge, height - 3 * edge, long + 2 * edge, 3 * edge);
  ctx.fillStyle = "#22282f";
  ctx.fillRect(width - long - edge, height - edge, long, thick);
  ctx.font = `600 ${14 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "right";
  ctx.fillText(`${num(km)} km`, width - edge, height - edge - 2 * thick);
}

/** @param {any} grid */
function legend(grid) {
  const key = (/** @type {string} */ name) => el("span", {}, el("i", { class: `key-${name}` }, name === "port" ? "" : "1"), t(`legend.${name}`));
  const shades = RAMP.map((shade) => el("i", { class: "shade", style: { background: `var(--${shade})` } }));
  return el("figcaption", {}, grid && el("span", {}, t("legend.low"), " ", shades, " ", t("legend.high")), key("us"), key("mx"), key("port"));
}

/** @param {App} app @param {any} pair @param {any[]} ends */
function summary({ content, places }, pair, ends) {
  const port = places.port.get(pair.port);
  const layer = content.layers.find((/** @type {any} */ one) => one.id === "ports_of_entry");
  const side = (/** @type {string} */ name, /** @type {any} */ site) => {
    const bits = [site?.hectares && `${num(site.hectares)} ha`, site?.status && classWord(site.status), site && `${num(site.lat, 3)}, ${num(site.lon, 3)}`];
    return el("div", {}, reasons(site, `${t(`side.${name}`)}: ${place(site)}`), el("p", { class: "quiet" }, bits.filter(Boolean).join(" · ")));
  };
  return el(
    "div",
    { class: "sheet-facts" },
    el("p", { class: "sheet-score" }, el("b", {}, points(pair.score)), el("span", {}, t("card.of_100"), el("br"), worst(pair))),
    el("p", { class: "strong-line" }, `${t("side_short.US")} ${points(pair.us_score)} · ${t("side_short.MX")} ${points(pair.mx_score)} · ${t("pairs.weaker", { side: t(`side.${pair.weaker_side}`) })}`),
    el("p", {}, t("pairs.through", { port: places.portName(pair), minutes: num(pair.link_minutes) })),
    el("p", { class: "quiet" }, t("pairs.legs", { us: num(pair.us_minutes), delay: num(pair.delay_minutes), mx: num(pair.mx_minutes) })),
    places.costs && el("p", {}, `${t("cost.title")}: `, el("b", {}, dollars(pair.cost_low, pair.cost_high))),
    el("p", { class: "quiet" }, steadiness(pair, places)),
    port && facts(portFacts(port, layer, PORT_FIELDS)),
    side("US", ends[0]),
    side("MX", ends[1]),
  );
}

/** @param {any} study @param {any[]} ends @param {any[]} layers */
function table(study, ends, layers) {
  const cell = (/** @type {any} */ one, /** @type {any} */ site) => {
    if (one.applies_to && one.applies_to !== site?.side) return el("td", { class: "quiet" }, t("not_applicable"));
    const [raw, value] = [site?.raw[one.id] ?? null, site?.value[one.id] ?? null];
    const words = one.words[raw] ? both(one.words[raw]) : quantity(raw, one.unit);
    const fill = site && el("span", { class: `fill ${value === null ? "guess" : site.side.toLowerCase()}`, style: { width: `${100 * (value ?? one.unknown)}%` } });
    return el("td", {}, el("span", { class: value === null ? "track none" : "track" }, fill), " ", words);
  };
  const note = (/** @type {string} */ id) => layers.findIndex((layer) => layer.id === id) + 1;
  const row = (/** @type {any} */ one) =>
    el("tr", {}, el("th", { scope: "row" }, both(one.title)), el("td", { class: "figure" }, shareOf(one, 1)), ends.map((site) => cell(one, site)), el("td", { class: "figure quiet" }, one.layers.map(note).filter(Boolean).join(", ")));
  const body = study.groups.map((/** @type {any} */ group) => {
    const mine = study.criteria.filter((/** @type {any} */ one) => one.group === group.id);
    return mine.length && el("tbody", {}, mine.map(row));
  });
  const heads = ["sheet.criterion", "sheet.weight", "side.US", "side.MX", "sheet.source"];
  return el("table", {}, el("thead", {}, el("tr", {}, heads.map((key) => el("th", { scope: "col" }, t(key))))), body);
}

/** @param {any[]} ends */
function zones(ends) {
  const said = [...new Set(ends.flatMap((site) => site?.zones?.[state.language] ?? []))];
  return said.length && el("p", { class: "sheet-zones" }, el("b", {}, `${t("themes.zones")}: `), said.join("; "));
}

/** Why this pair, and what could break it. @param {App} app @param {any} pair */
function story({ content, places }, pair) {
  const part = (/** @type {string} */ key, /** @type {string} */ words) => el("p", {}, el("b", {}, `${t(key)}. `), words);
  return el("div", { class: "sheet-story" }, part("why.title", why(pair, places)), part("risk.title", risks(content.study, pair, places)));
}

/** @param {any[]} layers */
function sources(layers) {
  const line = (/** @type {any} */ layer) => {
    const facts = [layer.publisher, layer.vintage, t("sources.grade", { grade: layer.grade }), layer.approximate && t("layers.approximate"), layer.licence, layer.share_alike && layer.attribution];
    return el("li", {}, el("b", {}, both(layer.title)), ` ${facts.filter(Boolean).join(" · ")}`);
  };
  return el("footer", {}, el("h2", {}, t("sheet.sources")), el("ol", {}, layers.map(line)), el("p", {}, `${t("card.guessed")} ${t("sources.grades")} ${t("foot.de_facto")}`));
}
