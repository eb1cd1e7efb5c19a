// Brings data, map and list together.

import { el, fill, room } from "./dom.js";
import { latitude, longitude, mercatorX, mercatorY, shapes, unpack } from "./payload.js";
import { choose, emit, on, state } from "./state.js";
import { both, classWord, points, setWords, span, t } from "./words.js";
import { Surface } from "./surface.js";
import { kept, scene } from "./scene.js";
import { onColours } from "./colours.js";
import { dress, featureAt, painter } from "./layers.js";
import { namesOf, paintNames } from "./labels.js";
import { paintMarks } from "./marks.js";
import { place, Places } from "./places.js";
import { Live } from "./live.js";
import { Sliders } from "./weights.js";
import { downloads, follow, restore } from "./share.js";
import { offer } from "./api.js";
import { Ranking } from "./ranking.js";
import { Board } from "./board.js";
import { Card } from "./card.js";
import { Compare } from "./compare.js";
import { Find, want } from "./find.js";
import { foot, head, layerList, legend } from "./chrome.js";
import { printable } from "./print.js";

/** @param {any} map Leaflet map @param {any} online tile layer @param {string} dataId */
export async function start(map, online, dataId) {
  const { content, arrays } = await unpack(room(dataId).textContent ?? "");
  room(dataId).remove();
  setWords(content.words);
  const languages = Object.keys(content.words);
  if (languages.includes(navigator.language.slice(0, 2))) state.language = navigator.language.slice(0, 2);
  dress(content.layers, shapes(arrays.layer_shapes, content.geometry.layers.quantum));
  /** @type {Places} */
  const places = new Places(content, shapes(arrays.site_shapes, content.geometry.sites.quantum));
  if (!places.pairs.length && places.sites.length) state.tab = places.sites[0].side;
  const surface = content.grid ? new Surface(content.grid, arrays) : null;
  const live = new Live(content, arrays, places, surface);
  /** @type {any} */
  const app = { map, content, places, surface, live, online: switchable(map, online), languages };
  compose(app);
  map.invalidateSize({ animate: false }); // what stands round the map has its height only now
  map.setMaxZoom(18); // what is drawn is coarser
  fence(map, content.layers);
  map.options.zoomAnimationThreshold = 4; // Leaflet's own again, now that the first view stands
  app.repaint = scene(map, painters(app));
  pointer(app);
  addressed(app);
  printable(app);
  document.body.dataset.ready = "yes";
}

/** The address holds the state, and `window.sitesel` offers it. @param {any} app */
function addressed(app) {
  restore(app, location.hash);
  addEventListener("hashchange", () => restore(app, location.hash));
  const write = follow(app);
  for (const topic of ["language", "list", "choice", "layers", "weights"]) on(topic, write);
  app.map.on("moveend", write);
  whenIdle(app.live.rehearsal());
  Object.assign(window.sitesel, offer(app, (choice) => go(app, choice)));
}

/** Take one step whenever there is nothing else to do. @param {Iterator<any>} steps */
function whenIdle(steps) {
  const later = window.requestIdleCallback ?? ((/** @type {() => void} */ run) => setTimeout(run, 300));
  later(() => !steps.next().done && whenIdle(steps));
}

/** Choose a site or pair, in its tab and with its row in the list. @param {any} app @param {any} choice */
function go({ places, card }, choice) {
  const before = state.tab;
  const row = choice && (choice.kind === "site" ? places.site.get(choice.id) : places.pair(choice.id));
  if (row) state.tab = row.side ?? "pairs";
  const hidden = row && !places.listed().includes(row);
  if (hidden) {
    want({}, places);
    state.setOnly = false;
  }
  if (hidden || state.tab !== before) emit("list");
  card.close();
  choose(choice);
}

/** Keep the view where there is land to show. @param {any} map @param {any[]} layers */
function fence(map, layers) {
  const box = layers.find((layer) => layer.id === "land")?.drawn?.box;
  if (!box) return;
  const bounds = L.latLngBounds([latitude(box[3]), longitude(box[0])], [latitude(box[1]), longitude(box[2])]);
  map.options.maxBoundsViscosity = 1;
  map.setMinZoom(map.getBoundsZoom(bounds, true));
  map.panInsideBounds(bounds, { animate: false }); // else the map would do it itself, and paint twice
  map.setMaxBounds(bounds);
}

/** What is drawn, the lowest first. @param {any} app */
function painters({ content, places, surface }) {
  const layers = content.layers.filter((one) => one.drawn && !["ports_of_entry", "places"].includes(one.id));
  const land = kept(painter(layers.filter((one) => one.id === "land")));
  const others = painter(layers.filter((one) => one.id !== "land"));
  const names = namesOf(content.layers, places.ports);
  const ground = (pen) => { land(pen); if (surface && state.surface) surface.paint(pen); };
  const top = (pen) => paintNames(pen, names, paintMarks(pen, places));
  return [{ still: false, paint: ground }, { still: true, paint: others }, { still: false, paint: top }];
}

/** @param {any} app */
function compose(app) {
  const { content, places, surface, live, online, languages, map } = app;
  const cardRoom = el("section", { id: "card", hidden: true });
  room("panel").append(cardRoom);
  const card = new Card(cardRoom, content, places, surface);
  const ranking = new Ranking(room("ranking"), places, (choice) => card.open(choice));
  app.card = card;
  ranking.find = new Find(app, () => ranking.refresh(false));
  ranking.compare = card.compare = new Compare(content.study, places, () => { ranking.refresh(false); card.paint(); });
  const sliders = new Sliders(live, content.study);
  live.held = () => [card.choice];
  const board = (card.board = new Board(content));
  const chrome = () => {
    head(content, languages, [downloads(app), board.button()]);
    sliders.paint();
    layerList(content.layers, surface, online);
    legend(content.grid, places);
    foot(content);
    mapWords(map);
    ranking.paint();
    card.paint();
  };
  on("language", chrome);
  on("list", () => { card.close(); ranking.paint(); app.repaint(false); });
  on("choice", () => { ranking.refresh(true); fly(app); app.repaint(false); });
  on("layers", () => app.repaint());
  onColours(() => { surface?.recolour(); layerList(content.layers, surface, online); app.repaint(); });
  on("weights", once(() => { ranking.follow(); sliders.update(); card.paint(); legend(content.grid, places); app.repaint(false); }));
  document.addEventListener("keydown", (event) => event.key === "Escape" && card.close());
  chrome();
}

/** However often it is asked in one go, do it once after. @param {() => void} run */
function once(run) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      run();
    });
  };
}

/** @param {any} map */
function mapWords(map) {
  const box = map.getContainer();
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", t("map.label"));
  for (const [way, key] of [["in", "map.in"], ["out", "map.out"]]) {
    const button = box.querySelector(`.leaflet-control-zoom-${way}`);
    button?.setAttribute("title", t(key));
    button?.setAttribute("aria-label", t(key));
  }
}

/** The online background: the only thing that ever asks the network. @param {any} map @param {any} layer */
function switchable(map, layer) {
  return {
    shown: () => map.hasLayer(layer),
    show: (/** @type {boolean} */ on) => {
      if (on) layer.addTo(map);
      else layer.remove();
      state.layers[on ? "delete" : "add"]("land");
      const tick = /** @type {HTMLInputElement|null} */ (document.querySelector('[data-layer="land"]'));
      if (tick) tick.checked = !on;
    },
  };
}

/** Go to what was chosen. @param {any} app */
function fly({ map, places }) {
  const choice = state.chosen;
  if (!choice) return;
  const pair = choice.kind === "pair" && places.pair(choice.id);
  const stops = pair ? places.way(pair) : [places.site.get(choice.id)].filter(Boolean);
  if (!stops.length) return;
  const bounds = L.latLngBounds(stops.map((/** @type {any} */ stop) => [stop.lat, stop.lon])).pad(0.35);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (map.getBounds().contains(bounds) && map.getZoom() >= 8.5) return;
  map.flyToBounds(bounds, { maxZoom: 10.5, duration: 0.7, animate: !calm, paddingTopLeft: [20, 20], paddingBottomRight: [20, 20] });
}

/** Hover and click on the map. @param {any} app */
function pointer(app) {
  const { map, places, content, surface, card } = app;
  const tip = el("div", { id: "tip", hidden: true });
  map.getContainer().append(tip);
  const under = (/** @type {any} */ event) => {
    const { lat, lng } = event.latlng;
    const [x, y, scale] = [mercatorX(lng), mercatorY(lat), 256 * 2 ** map.getZoom()];
    const found = places.at(x, y, scale);
    if (found) return found;
    const feature = featureAt(content.layers.filter((/** @type {any} */ one) => one.id !== "places" && one.id !== "ports_of_entry"), x, y, scale);
    if (feature) return { kind: "feature", id: `${feature.layer.id}/${feature.n}`, lat, lon: lng, ...feature };
    const cell = surface && state.surface ? surface.at(lng, lat) : -1;
    return cell >= 0 ? { kind: "cell", id: cell } : null;
  };
  let last = 0;
  map.on("mousemove", (/** @type {any} */ event) => {
    if (event.originalEvent.timeStamp - last < 30) return;
    last = event.originalEvent.timeStamp;
    const choice = under(event);
    tip.hidden = !choice || choice.kind === "cell";
    map.getContainer().style.cursor = choice && choice.kind !== "cell" ? "pointer" : "";
    if (tip.hidden) return;
    fill(tip, tipWords(app, choice));
    tip.style.transform = `translate(${event.containerPoint.x + 14}px, ${event.containerPoint.y + 14}px)`;
  });
  map.on("mouseout", () => { tip.hidden = true; });
  map.on("click", (/** @type {any} */ event) => {
    const choice = under(event);
    if (choice?.kind === "pair" || choice?.kind === "site") go(app, choice);
    else if (choice) card.open(choice);
  });
}

/** @param {any} app @param {any} choice */
function tipWords({ places }, choice) {
  const scored = (/** @type {any} */ row) => el("small", {}, points(row.score), " ", span(row.score_low, row.score_high));
  if (choice.kind === "pair") {
    const pair = places.pair(choice.id);
    return [el("b", {}, `${places.rankOf(pair)}  ${places.title(pair)}`), scored(pair), el("small", {}, t("pairs.weaker", { side: t(`side.${pair.weaker_side}`) }))];
  }
  if (choice.kind === "site") {
    const site = places.site.get(choice.id);
    const lines = ["strong", "weak", "unknown"].map((kind) => {
      const words = site[kind]?.[state.language] ?? [];
      return words.length ? el("small", {}, `${t(`reasons.${kind}`)}: ${words.join(", ")}`) : null;
    });
    return [el("b", {}, place(site)), scored(site), lines];
  }
  if (choice.kind === "port") {
    const port = places.port.get(choice.id);
    return [el("b", {}, port.name), el("small", {}, t(port.open ? "ports.open" : "ports.shut")), port.status && el("small", {}, classWord(port.status))];
  }
  return [el("b", {}, String(choice.layer.drawn.names?.[choice.n] ?? both(choice.layer.title))), el("small", {}, both(choice.layer.title), choice.layer.approximate ? ` · ${t("layers.approximate")}` : "")];
}
