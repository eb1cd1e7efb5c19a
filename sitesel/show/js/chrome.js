// What stands round map and list: head, layer list, legend, weights, foot and the sources drawer.

import { dialog } from "./dialog.js";
import { el, fill, link, room } from "./dom.js";
import { both, day, num, points, t } from "./words.js";
import { emit, state } from "./state.js";
import { swatch } from "./layers.js";
import { RAMP } from "./colours.js";

const THEMES = ["ports", "zones", "power", "water", "transport", "industry", "workforce"];

/** @param {any} content @param {string[]} languages @param {any[]} tools */
export function head(content, languages, tools) {
  const { study, layers } = content;
  document.documentElement.lang = state.language;
  document.title = both(study.title);
  const turn = (/** @type {string} */ language) => () => {
    state.language = language;
    emit("language");
    document.getElementById(`language-${language}`)?.focus();
  };
  const buttons = languages.map((one) =>
    el("button", { id: `language-${one}`, lang: one, "aria-pressed": String(state.language === one), "aria-label": t(`language_names.${one}`), on: { click: turn(one) } }, one.toUpperCase()),
  );
  const facts = t("head.facts", { day: day(study.as_of), criteria: num(study.criteria.length), layers: num(layers.length) });
  fill(
    room("top"),
    el("h1", {}, both(study.title)),
    el("p", { class: "quiet" }, facts),
    el("div", { class: "tools" }, tools, el("button", { class: "plain", id: "sources-button", on: { click: () => sources(content) } }, t("sources.title")), el("div", { class: "languages", role: "group", "aria-label": t("language.choose") }, buttons)),
  );
}

/** @param {any[]} layers @param {any} surface @param {any} online */
export function layerList(layers, surface, online) {
  const drawn = layers.filter((layer) => layer.drawn);
  const present = new Set(drawn.filter((layer) => !layer.drawn.background).map((layer) => layer.theme));
  const themes = [...THEMES.filter((theme) => present.delete(theme)), ...present];
  const wasOpen = document.querySelector("#layers-room details[open]") !== null;
  const ground = drawn.filter((layer) => layer.drawn.background);
  fill(
    room("layers-room"),
    el(
      "details",
      { class: "box", open: wasOpen },
      el("summary", {}, t("layers.title")),
      el(
        "div",
        { class: "scroll" },
        surface && tick("surface", t("layers.surface"), state.surface, (on) => { state.surface = on; }, el("span", { class: "swatch ramp" }), ""),
        themes.map((theme) => el("fieldset", {}, el("legend", {}, t(`themes.${theme}`)), drawn.filter((layer) => layer.theme === theme && !layer.drawn.background).map(toggle))),
        el("fieldset", {}, el("legend", {}, t("themes.background")), ground.map(toggle), tick("online", t("layers.online"), online.shown(), online.show, el("span", { class: "swatch" }, "☁"), t("layers.online_why"))),
      ),
    ),
  );
}

/** @param {any} layer */
function toggle(layer) {
  const note = [t("sources.grade", { grade: layer.grade }), layer.vintage, layer.approximate && t("layers.approximate")].filter(Boolean).join(" · ");
  const set = (/** @type {boolean} */ on) => {
    if (on) state.layers.add(layer.id);
    else state.layers.delete(layer.id);
  };
  return tick(layer.id, both(layer.title), state.layers.has(layer.id), set, swatch(layer), note, both(layer.summary));
}

/** @param {string} id @param {string} words @param {boolean} on @param {(on: boolean) => void} set @param {Node} sign @param {string} note @param {string} [why] */
function tick(id, words, on, set, sign, note, why) {
  const box = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", "data-layer": id, checked: on }));
  box.addEventListener("change", () => {
    set(box.checked);
    emit("layers");
  });
  return el("label", { class: "layer", title: why }, box, sign, el("span", {}, words, note && el("small", {}, note)));
}

/** @param {any} grid @param {import("./places.js").Places} places */
export function legend(grid, places) {
  if (!grid) return fill(room("legend-room"));
  const cuts = ["0", ...grid.breaks.map(points)];
  const conditional = el("span", {}, el("i", { class: "swatch hatched" }), t("legend.conditional"));
  fill(
    room("legend-room"),
    el(
      "div",
      { class: "box" },
      el("h2", {}, t("legend.title", { hectares: num(grid.size ** 2 / 1e4) })),
      el("ol", { class: "classes" }, RAMP.map((shade, n) => el("li", {}, el("span", { style: { background: `var(--${shade})` } }), n === 0 ? `< ${cuts[1]}` : `≥ ${cuts[n]}`))),
      el("p", { class: "ends" }, el("span", {}, t("legend.low")), el("span", {}, t("legend.high"))),
      el("p", { class: "quiet keys" }, conditional, grid.unsure && el("span", {}, el("i", { class: "swatch unsure" }), t("legend.unsure")), el("span", {}, el("i", { class: "swatch blank" }), t("legend.blank"))),
      el("p", { class: "quiet keys" }, el("span", {}, el("i", { class: "key-us" }, "1"), t("legend.us")), el("span", {}, el("i", { class: "key-mx" }, "1"), t("legend.mx")), el("span", {}, el("i", { class: "key-port" }), t("legend.port"))),
      places.tested && el("p", { class: "quiet keys" }, el("span", {}, places.original && el("i", { class: "key-us hollow" }, "9"), t(places.original ? "legend.fragile" : "steady.own"))),
    ),
  );
}

/** @param {any} content */
export function foot(content) {
  const credits = [...new Set(content.layers.filter((/** @type {any} */ one) => one.share_alike).map((/** @type {any} */ one) => one.attribution))];
  const all = el("button", { class: "textual", on: { click: () => sources(content) } }, t("foot.all", { layers: num(content.layers.length) }));
  fill(room("foot"), el("p", {}, t("foot.de_facto")), el("p", {}, all), el("p", { class: "credits" }, credits.join(" · ")));
}

/** All layers with source, grade, vintage and licence. @param {any} content */
export function sources(content) {
  const item = (/** @type {any} */ layer) =>
    el(
      "li",
      {},
      el("h3", {}, el("span", { class: `grade g${layer.grade}` }, layer.grade), " ", both(layer.title), layer.approximate && el("em", {}, ` ${t("layers.approximate")}`)),
      el("p", {}, both(layer.summary)),
      el("p", {}, link(layer.source_url, layer.source), `, ${layer.publisher} · ${layer.vintage}`),
      el("p", { class: "quiet" }, `${both(layer.grade_why)} ${layer.caveats.map(both).join(" ")}`),
      el("p", { class: "quiet" }, `${t("sources.licence")}: `, link(layer.licence_url, layer.licence), ` – ${layer.attribution}`, layer.share_alike && el("b", {}, ` ${t("sources.share_alike")}`)),
    );
  dialog("sources", t("sources.title"), () => [el("p", {}, t("sources.grades")), el("p", {}, t("foot.de_facto")), el("ul", { class: "source-list" }, content.layers.map(item))], "sources-button");
}
