// The indicators of the corridors: the latest values, how they moved, and what nobody publishes.

import { dialog } from "./dialog.js";
import { el } from "./dom.js";
import { told } from "./parts.js";
import { classWord, num, quantity, t } from "./words.js";

export class Board {
  /** @param {any} content */
  constructor(content) {
    /** @type {any[]} */
    this.rows = [...(content.kpi?.rows ?? [])].sort((a, b) => Number(a.value === null) - Number(b.value === null)); // what is known first
    /** @type {Record<string, string>} corridors by port */
    this.corridors = content.kpi?.corridors ?? {};
    this.layer = content.layers.find((/** @type {any} */ one) => one.id === "kpi");
  }

  open() {
    const names = [...new Set(this.rows.map((row) => row.corridor))];
    dialog("kpi", t("kpi.title"), () => [el("p", { class: "quiet" }, t("kpi.note")), names.map((name) => el("section", {}, el("h3", {}, name), this.table(name)))], "kpi-button");
  }

  /** The button that opens it, if there is anything to show. */
  button() {
    return this.rows.length > 0 && el("button", { class: "plain", id: "kpi-button", on: { click: () => this.open() } }, t("kpi.title"));
  }

  /** The indicators of the corridor that a port belongs to. @param {string} port */
  of(port) {
    const name = this.corridors[port];
    return name && el("details", { class: "unfold", "data-key": "kpi" }, el("summary", {}, t("kpi.of", { corridor: name })), this.table(name));
  }

  /** @param {string} corridor */
  table(corridor) {
    const heads = ["kpi.metric", "kpi.latest", "kpi.trend"];
    const lines = (/** @type {any} */ row) => [
      el(
        "tr",
        { class: "indicator" },
        el("th", { scope: "row" }, classWord(row.metric), el("small", {}, row.area)),
        row.value === null ? el("td", { class: "quiet" }, t("kpi.none")) : el("td", {}, el("b", {}, quantity(row.value, row.unit)), el("small", {}, row.period)),
        el("td", {}, trend(row)),
      ),
      el("tr", {}, el("td", { class: "quiet", colspan: "3" }, `${t("kpi.source")}: `, [row.source, row.note].filter(Boolean).map((one, n) => [n > 0 && "; ", told(one)]))),
    ];
    return el("table", { class: "board" }, el("thead", {}, el("tr", {}, heads.map((key) => el("th", { scope: "col" }, t(key))))), el("tbody", {}, this.rows.filter((row) => row.corridor === corridor).map(lines)));
  }
}

/** How far a value moved since the first one on record. @param {any} row */
function trend(row) {
  if (row.value === null || row.earlier === null) return "–";
  const points = row.unit === "%" || row.earlier === 0;
  const change = points ? row.value - row.earlier : 100 * (row.value / row.earlier - 1);
  const sign = Math.abs(change) < 0.05 ? "" : change > 0 ? "▲ +" : "▼ −";
  return sign + t(points ? "kpi.points" : "kpi.percent", { change: num(Math.abs(change), points ? 1 : 0), since: row.since });
}
