// One page a pair on paper: the map round it, both sides, every criterion, and where the figures come from.

import { el, fill } from "./dom.js";
import { choiceOf } from "./places.js";
import { isChosen, state } from "./state.js";

const [LARGEST, SMALLEST] = [9.2, 4.4]; // points of type

/** Prepare a sheet whenever the browser prints. */
export function printable(app) {
  const sheet = el("article", { id: "sheet" });
  const paper = new URLSearchParams(location.search).get("paper"); // `sitesel sheet` asks for one
  document.body.append(sheet);
  if (/^(A4|letter)$/.test(paper ?? "")) document.head.append(el("style", {}, `@page { size: ${paper}; }`));
  let bringBack = () => {};
  const clear = () => {
    document.body.classList.remove("with-sheet"); // first: Firefox is still on paper, where no map shows beside a sheet
    bringBack();
    bringBack = () => {};
    fill(sheet);
  };
  addEventListener("afterprint", clear);
  addEventListener("beforeprint", () => {
    clear();
    const pair = pairToPrint(app.places);
    if (!pair) return;
    document.body.classList.add("with-sheet");
    sheet.lang = state.language;
    fill(sheet, contents(app, pair));
    const { tab, chosen } = state;
    Object.assign(state, { tab: "pairs", chosen: choiceOf(pair) }); // so it stands out on the map
    const home = lend(app.map, sheet.querySelector(".sheet-map"), app.places.way(pair));
    bringBack = () => [Object.assign(state, { tab, chosen }), home()];
    shrink(sheet);
  });
}

/** The chosen pair, or the best one of the chosen site; the best of all where neither is there. */
function pairToPrint({ pairs }) {
  const best = [...pairs].sort((a, b) => a.rank - b.rank);
  const holds = (pair) => isChosen("site", pair.us_site) || isChosen("site", pair.mx_site);
  return best.find((pair) => isChosen("pair", pair.id) || holds(pair)) ?? best[0];
}

function contents({ content, places, live }, pair) {
  const layer = new Map(content.layers.map((one) => [one.id, one]));
  const [port, ends] = [places.port.get(pair.port), places.ends(pair)];
  // Layers that the criteria were measured on, then those that are drawn, each once.
  const beside = [places.ports.length && "ports_of_entry", places.costs && "unit_costs", ...state.layers];
  const used = new Set([...content.study.criteria.concat(content.study.told).flatMap((one) => one.layers), ...beside]);
  return view.sheet({
    study: content.study, places, pair, ends, port, graded: Boolean(content.grid),
    count: live.arrays.link_value?.filter((worth) => worth >= 0).length ?? places.pairs.length, // all that a way joins
    layers: [...used].map((id) => layer.get(id)).filter(Boolean),
    zones: [...new Set(ends.flatMap((site) => site.zones?.[state.language] ?? []))],
  });
}

/** Put the map itself on the sheet, round these stops; returns what puts it back as it was. */
function lend(map, place, stops) {
  const [box, centre, zoom] = [map.getContainer(), map.getCenter(), map.getZoom()];
  const [home, { zoomAnimationThreshold: flight }] = [box.parentElement, map.options];
  const focused = box.contains(document.activeElement) && document.activeElement;
  map.options.zoomAnimationThreshold = 0; // a room of another size has another least zoom: go there at once
  place.append(box);
  map.invalidateSize({ pan: false });
  map.fitBounds(L.latLngBounds(stops).pad(0.25), { maxZoom: 10.5, reset: true });
  return () => {
    home.prepend(box);
    map.invalidateSize({ pan: false });
    map.setView(centre, zoom, { reset: true });
    map.options.zoomAnimationThreshold = flight;
    if (focused) focused.focus();
  };
}

/** Take the largest type with which everything stands on one page, A4 or Letter. */
function shrink(sheet) {
  let [fits, most] = [SMALLEST, LARGEST];
  for (let size = most; most - fits > 0.1; size = (fits + most) / 2) {
    sheet.style.fontSize = `${size}pt`;
    if (sheet.scrollHeight > sheet.clientHeight) most = size;
    else fits = size;
  }
  sheet.style.fontSize = `${fits}pt`;
}
