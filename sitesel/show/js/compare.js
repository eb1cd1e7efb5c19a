// Up to three pairs, or three sites, side by side: what tells them apart stands first.

import { dialog } from "./dialog.js";
import { fill, room } from "./dom.js";
import { gains } from "./charts.js";
import { emit } from "./state.js";
import { t } from "./words.js";

const MOST = 3;

export class Compare {
  constructor(study, places) {
    this.study = study;
    this.places = places;
    this.kind = ""; // all are pairs, or all are sites
    this.chosen = []; // ids
  }

  /** Choose these: pairs alone or sites alone, whatever the first of them is. @param {string[]} ids */
  take(ids) {
    const rows = [...new Set(ids)].map((id) => this.places.row(id)).filter(Boolean);
    this.kind = rows[0]?.us_site ? "pair" : "site";
    this.chosen = rows.filter((row) => !row.us_site === !rows[0]?.us_site).slice(0, MOST).map((row) => row.id);
    emit("compared");
  }

  /** What is chosen and still there: weights can drop a pair. */
  rows = () => this.chosen.map((id) => this.places.row(id)).filter(Boolean);

  /** The button of a pair or of a site. */
  button({ kind, id }) {
    const on = this.chosen.includes(id);
    const there = this.kind === kind ? this.rows().map((row) => row.id) : [];
    const full = !on && there.length >= MOST;
    const turn = (event) => {
      const home = event.currentTarget.closest("#card, #rows");
      if (!full) this.take(on ? there.filter((one) => one !== id) : [...there, id]);
      home.querySelector(".compare-button")?.focus();
    };
    return view.compareButton({ compare: this, on, full, turn });
  }

  /** Show what is chosen so far, under the list. */
  tray() {
    const rows = this.rows();
    room("tray").hidden = rows.length === 0;
    fill(room("tray"), view.compareTray({ compare: this, rows }));
  }

  open = () =>
    dialog("compare", t("compare.title"), (again) => view.comparison({ compare: this, again }), "compare-open");

  keep(kept) {
    this.take(this.chosen.filter(kept));
    document.getElementById(this.chosen.length > 1 ? "compare-open" : "search")?.focus();
  }

  /** What the sites gain by each criterion of each side, where they differ most first. */
  gained(rows) {
    const lines = this.places.ends(rows[0]).flatMap(({ side }, n) => this.study.criteria.map((criterion) => {
      const of = (site) => gains(this.study, site).find((one) => one.criterion === criterion);
      const cells = rows.map((row) => this.places.ends(row)[n]).map((site) => ({ site, gain: of(site) }));
      return { criterion, side, cells, by: spread(cells.map(({ gain }) => gain?.gained)) };
    }));
    const known = lines.filter(({ cells }) => cells.some(({ gain }) => gain));
    const largest = Math.max(...known.flatMap(({ cells }) => cells.map(({ gain }) => gain?.weight ?? 0)));
    return { largest, lines: known.sort((a, b) => (b.by ?? -1) - (a.by ?? -1)) };
  }
}

/** How far shares lie apart, in points; null where fewer than two are known. */
export function spread(shares) {
  const known = shares.filter((share) => (share ?? null) !== null);
  return known.length > 1 ? 100 * (Math.max(...known) - Math.min(...known)) : null;
}
