// What stands round map and list: head, layer list, legend, foot and the sources.

import { dialog } from "./dialog.js";
import { fill, room } from "./dom.js";
import { state } from "./state.js";
import { both, classWord, t } from "./words.js";

const THEMES = ["ports", "zones", "power", "water", "transport", "industry", "workforce"]; // others follow

export function head(content, languages, tools) {
  document.documentElement.lang = state.language;
  document.title = both(content.study.title);
  fill(room("top"), view.head({ content, languages, tools }));
}

export function layerList(layers, surface, online) {
  const drawn = layers.filter((layer) => layer.drawn);
  const ground = drawn.filter((layer) => layer.drawn.background);
  const themed = drawn.filter((layer) => !layer.drawn.background);
  const themes = [...new Set([...THEMES, ...themed.map((layer) => layer.theme)])];
  const open = document.querySelector("#layers-room details[open]") !== null;
  fill(room("layers-room"), view.layerList({ open, surface, themes, themed, ground, online }));
}

export const legend = ({ content: { grid }, places }) =>
  fill(room("legend-room"), grid && view.legend({ grid, places }));

export function foot(content) {
  const shared = content.layers.filter((layer) => layer.share_alike);
  fill(room("foot"), view.foot({ content, credits: new Set(shared.map((layer) => classWord(layer.attribution))) }));
}

/** All layers with source, grade, vintage and licence. */
export const sources = ({ layers }) =>
  dialog("sources", t("sources.title"), () => view.sources({ layers }), "sources-button");
