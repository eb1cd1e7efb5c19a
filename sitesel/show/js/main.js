// Brings data, map and list together.

import { offer } from "./api.js";
import { Board } from "./board.js";
import { Card } from "./card.js";
import { foot, head, layerList, legend } from "./chrome.js";
import { colour, onColours } from "./colours.js";
import { Compare } from "./compare.js";
import { el, fill, room } from "./dom.js";
import { Find, want } from "./find.js";
import { namesOf, paintNames } from "./labels.js";
import { dress, featureAt, painter } from "./layers.js";
import { Live } from "./live.js";
import { paintMarks } from "./marks.js";
import { latitude, longitude, mercatorX, mercatorY, shapes, unpack } from "./payload.js";
import { choiceOf, Places } from "./places.js";
import { printable } from "./print.js";
import { Ranking } from "./ranking.js";
import { scene } from "./scene.js";
import { downloads, follow, restore } from "./share.js";
import { emit, on, ROOMY, state } from "./state.js";
import { Surface } from "./surface.js";
import { Sliders } from "./weights.js";
import { setWords, t } from "./words.js";

const CLEAR = 36; // pixels round the sites in the first view, where there is room for that
const EDGE = 16; // pixels round the outermost sites, half of whose marks would else be cut
const HEAD = 64; // pixels that the button of the layers takes
const NAMED = ["places", "ports_of_entry"]; // layers whose marks are drawn with their names

/** Called by the script of the map. @param map of Leaflet @param online its tiles */
export async function start(map, online) {
  const { content, arrays } = await unpack(room("data").textContent ?? "");
  const box = map.getContainer(); // without room, as in a frame of a closed tab, no map has a view
  const roomy = (seen) => new ResizeObserver(() => box.clientWidth && seen(box)).observe(box);
  if (!box.clientWidth) await new Promise(roomy);
  room("data").remove();
  setWords(content.words);
  const languages = Object.keys(content.words);
  state.language = languages.find((one) => navigator.language.startsWith(one)) ?? state.language;
  dress(content.layers, shapes(arrays.layer_shapes, content.geometry.layers.quantum));
  const places = new Places(content, shapes(arrays.site_shapes, content.geometry.sites.quantum));
  if (!places.pairs.length && places.sites.length) state.tab = places.sites[0].side;
  const surface = content.grid ? new Surface(content.grid, arrays) : null;
  const live = new Live(content, arrays, places, surface);
  /** @type {any} */
  const app = { map, content, places, surface, live, online: switchable(map, online), languages };
  compose(app);
  map.invalidateSize({ animate: false }); // what stands round the map has its height only now
  fence(app);
  app.repaint = scene(map, painters(app));
  matchMedia("(min-resolution: 1.5dppx)").addEventListener("change", () => app.repaint()); // on another screen
  pointer(app);
  restore(app);
  follow(app);
  printable(app);
  (window.requestIdleCallback ?? setTimeout)(() => live.rehearse());
  window.sitesel = offer(app, (row) => go(app, row));
  room("stage").inert = false;
  document.body.dataset.ready = "yes";
}

/** Choose a site or pair, in its tab and with its row in the list. */
function go({ places, card }, row) {
  const before = state.tab;
  if (row) state.tab = row.side ?? "pairs";
  const hidden = row && !places.listed().includes(row);
  if (hidden) {
    want({}, places);
    state.setOnly = false;
  }
  if (hidden || state.tab !== before) emit("list");
  card.close();
  state.chosen = row ? choiceOf(row) : null;
  emit("choice");
}

/** Beyond this there is no map. */
const drawnBox = ({ layers }) => layers.find((layer) => layer.id === "land")?.drawn?.box ?? [0, 0, 1, 1];

/** Keep the view where there is land to show, and wide enough for all sites. */
function fence({ map, content, places }) {
  const box = drawnBox(content);
  const land = L.latLngBounds([latitude(box[3]), longitude(box[0])], [latitude(box[1]), longitude(box[2])]);
  const sites = L.latLngBounds(places.sites.length ? places.sites : land);
  const { zoomSnap } = map.options;
  const hold = () => {
    if (!map.getSize().x) return;
    map.options.minZoom = 0; // else the map's answer is never below what a larger room had
    const filled = map.getBoundsZoom(land, true);
    map.options.zoomSnap = 0; // as close as all sites allow
    const whole = map.getBoundsZoom(sites, false, [2 * EDGE, 2 * EDGE]);
    map.options.zoomSnap = zoomSnap;
    map.setMinZoom(Math.min(filled, whole));
  };
  hold();
  map.fitBounds(sites, { reset: true, maxZoom: 14, padding: [CLEAR, CLEAR] });
  map.options.maxBoundsViscosity = 1;
  map.panInsideBounds(land, { animate: false }); // else the map would do it itself, and paint twice
  map.setMaxBounds(land);
  map.on("resize", hold);
}

/** What is drawn, the lowest first. */
function painters({ content, places, surface }) {
  const layers = content.layers.filter((one) => one.drawn && !NAMED.includes(one.id));
  const land = painter(layers.filter((one) => one.id === "land"));
  const names = namesOf(content.layers, places.ports);
  const known = drawnBox(content);
  const ground = (pen) => {
    const [top, bottom] = [known[1], known[3]].map((y) => pen.at(0, y)[1]);
    pen.ctx.fillStyle = colour("sea");
    if (state.layers.has("land")) pen.ctx.fillRect(0, top, pen.room[2], bottom - top);
    land(pen);
  };
  const worth = (pen) => state.surface && surface?.paint(pen);
  const top = (pen) => paintNames(pen, names, paintMarks(pen, places));
  return [
    { name: "ground", still: true, paint: ground },
    { name: "surface", still: false, paint: worth, ratio: 1 },
    { name: "layers", still: true, paint: painter(layers.filter((one) => one.id !== "land")) },
    { name: "marks", still: false, paint: top },
  ];
}

/** Lists, cards and all that stands round the map, and what they do when something changes. */
function compose(app) {
  const { content, places, surface, live, online, languages, map } = app;
  const cardRoom = el("section", { id: "card", hidden: true });
  room("panel").append(cardRoom);
  const card = (app.card = new Card(cardRoom, content, places, surface));
  const ranking = new Ranking(room("ranking"), places, (choice) => card.open(choice));
  ranking.find = new Find(app, () => ranking.refresh(false));
  ranking.compare = card.compare = new Compare(content.study, places);
  const sliders = new Sliders(live, content.study);
  const board = (card.board = new Board(content));
  const layersRoom = () => layerList(content.layers, surface, online);
  const chrome = () => {
    head(content, languages, [downloads(app), board.button()]);
    sliders.paint();
    layersRoom();
    legend(app);
    foot(content);
    mapWords(map.getContainer());
    ranking.paint();
    card.paint();
  };
  on("language", () => [chrome(), app.repaint(false)]);
  on("compared", () => [ranking.refresh(false), card.paint()]);
  on("list", () => [card.close(), ranking.paint(), app.repaint(false)]);
  on("choice", () => [ranking.refresh(true), fly(app), app.repaint(false)]);
  on("layers", () => app.repaint());
  ROOMY.addEventListener("change", ({ matches }) =>
    document.querySelectorAll(".weighing, .signs").forEach((one) => one.toggleAttribute("open", matches)));
  onColours(() => [surface?.recolour(), layersRoom(), app.repaint()]);
  on("weights", () => [ranking.follow(), sliders.update(), card.paint(), legend(app), app.repaint(false)]);
  const free = () => !document.querySelector("dialog[open]"); // else Escape closes that
  document.addEventListener("keydown", ({ key }) => key === "Escape" && free() && card.close());
  chrome();
}

function mapWords(box) {
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", t("map.label"));
  for (const way of ["in", "out"]) {
    const button = box.querySelector(`.leaflet-control-zoom-${way}`);
    for (const name of ["title", "aria-label"]) button?.setAttribute(name, t(`map.${way}`));
  }
}

/** The online background: the only thing that ever asks the network; it takes the place of the land. */
function switchable(map, layer) {
  return {
    shown: () => map.hasLayer(layer),
    show: (on) => {
      map[on ? "addLayer" : "removeLayer"](layer);
      state.layers[on ? "delete" : "add"]("land");
      const tick = document.querySelector('[data-layer="land"]');
      if (tick instanceof HTMLInputElement) tick.checked = !on;
    },
  };
}

/** Go to what was chosen, unless it is in sight: beside what lies over the map. */
function fly({ map, places }) {
  const pair = state.chosen?.kind === "pair" && places.pair(state.chosen.id);
  const stops = pair ? places.way(pair) : [...places.lit()];
  if (!stops.length) return;
  const [near, far] = margins(map);
  const free = L.bounds(near, map.getSize().subtract(far));
  if (map.getZoom() >= 8.5 && stops.every((stop) => free.contains(map.latLngToContainerPoint(stop)))) return;
  const animate = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const padding = { paddingTopLeft: near, paddingBottomRight: far };
  map.flyToBounds(L.latLngBounds(stops).pad(0.3), { maxZoom: 10.5, duration: 0.7, animate, ...padding });
}

/** What layers and legend take from the map, left and above, right and below; nothing where too little is left. */
function margins(map) {
  const [frame, legend] = [map.getContainer(), room("legend-room")].map((one) => one.getBoundingClientRect());
  const beside = legend.width / frame.width < legend.height / frame.height; // which of both leaves more of the map
  const near = L.point(EDGE + Number(beside && legend.right - frame.left), HEAD);
  const far = L.point(EDGE, EDGE + Number(!beside && legend.height && frame.bottom - legend.top));
  const { x, y } = map.getSize().subtract(near).subtract(far);
  return Math.min(x, y) > HEAD ? [near, far] : [L.point(EDGE, EDGE), L.point(EDGE, EDGE)];
}

/** Hover and click on the map. */
function pointer(app) {
  const { map, places, content, surface, card } = app;
  const box = map.getContainer();
  const tip = el("div", { id: "tip", hidden: true });
  box.append(tip);
  const features = content.layers.filter((layer) => !NAMED.includes(layer.id));
  const under = ({ latlng: { lat, lng: lon } }) => {
    const [x, y, scale] = [mercatorX(lon), mercatorY(lat), 256 * 2 ** map.getZoom()];
    const mark = places.at(x, y, scale);
    const feature = mark ? null : featureAt(features, x, y, scale);
    if (feature) return { kind: "feature", id: `${feature.layer.id}/${feature.n}`, lat, lon, ...feature };
    const cell = surface && state.surface ? surface.at(lon, lat) : -1;
    return mark ?? (cell < 0 ? null : { kind: "cell", id: cell });
  };
  const beside = (at, length) => (at > length / 2 ? `calc(${at - 14}px - 100%)` : `${at + 14}px`);
  let last = 0;
  map.on("mousemove", (event) => {
    const { timeStamp } = event.originalEvent;
    if (timeStamp - last < 30) return;
    last = timeStamp;
    const choice = under(event);
    tip.hidden = !choice || choice.kind === "cell";
    box.style.cursor = tip.hidden ? "" : "pointer";
    if (tip.hidden) return;
    fill(tip, view.tip({ choice, places }));
    const [{ x, y }, size] = [event.containerPoint, map.getSize()];
    tip.style.transform = `translate(${beside(x, size.x)}, ${beside(y, size.y)})`;
  });
  map.on("mouseout click movestart", () => (tip.hidden = true));
  map.on("dblclick", () => card.close()); // which the first click may have opened
  map.on("click", (event) => {
    const choice = under(event);
    if (choice?.kind === "pair" || choice?.kind === "site") go(app, places.row(choice.id));
    else if (choice) card.open(choice);
  });
}
