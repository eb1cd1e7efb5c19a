// The indicators of the corridors: the latest values, how they moved, and what nobody publishes.

import { dialog } from "./dialog.js";
import { t } from "./words.js";

export class Board {
  constructor({ kpi }) {
    const { rows, corridors } = kpi ?? { rows: [], corridors: {} };
    const of = (name) => rows.filter((row) => row.corridor === name);
    const names = [...new Set(rows.map((row) => row.corridor))];
    const open = () => dialog("kpi", t("kpi.title"), () => view.board({ names, of }), "kpi-button");
    /** The button that opens all of them, if there is anything to show. */
    this.button = () => names.length > 0 && view.boardButton({ open });
    /** Those of the corridor that a port belongs to. */
    this.of = (port) => corridors[port] && view.boardFold({ name: corridors[port], rows: of(corridors[port]) });
  }
}
