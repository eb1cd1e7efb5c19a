// The indicators of the corridors: the latest values, how they moved, and what nobody publishes.

import { dialog } from "./dialog.js";
import { el } from "./dom.js";
import { num, t } from "./words.js";

export class Board {
  constructor(content) {
    const { rows = [], corridors = {} } = content.kpi ?? {};
    this.rows = [...rows].sort((a, b) => Number(a.value === null) - Number(b.value === null)); // what is known first
    this.corridors = corridors; // by port
  }

  _of = (name) => this.rows.filter((row) => row.corridor === name);

  /** The button that opens all of them, if there is anything to show. */
  button() {
    const names = [...new Set(this.rows.map((row) => row.corridor))];
    const open = () => dialog("kpi", t("kpi.title"), () => view.board({ names, of: this._of }), "kpi-button");
    return names.length > 0 && el("button", { class: "plain", id: "kpi-button", on: { click: open } }, t("kpi.title"));
  }

  /** Those of the corridor that a port belongs to. @param {string} port */
  of(port) {
    const name = this.corridors[port];
    return name && view.boardFold({ name, rows: this._of(name) });
  }
}

/** How far a value moved since the first one on record. */
export function trend(row) {
  if (row.value === null || row.earlier === null) return "–";
  const points = row.unit === "%" || row.earlier === 0;
  const change = points ? row.value - row.earlier : 100 * (row.value / row.earlier - 1);
  const sign = Math.abs(change) < 0.05 ? "" : change > 0 ? "▲ +" : "▼ −";
  return sign + t(points ? "kpi.points" : "kpi.percent", { change: num(Math.abs(change), points ? 1 : 0), since: row.since });
}
