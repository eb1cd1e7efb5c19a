// The value tree in the reader's hand: a slider a group, which opens into one a criterion.

import { chip, percent, shadeOf, shareOf } from "./charts.js";
import { el, fill, room } from "./dom.js";
import { both, t } from "./words.js";

/** @typedef {"groups"|"criteria"} Kind */

/** The end of a scale that has room for these weights: 1, 2, 5, 10, 20 … @param {number[]} weights */
function scale(weights) {
  const most = 1.2 * Math.max(...weights, 1e-9);
  const base = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * base).find((end) => end >= most) ?? 10 * base;
}

export class Sliders {
  /** @param {import("./live.js").Live} live @param {any} study */
  constructor(live, study) {
    this.live = live;
    this.study = study;
    const { file } = live;
    const most = (/** @type {Kind} */ kind) => scale([file, ...study.profiles].flatMap((one) => Object.values(one[kind])));
    this.top = { groups: most("groups"), criteria: most("criteria") };
    const even = (/** @type {Kind} */ kind) => Object.fromEntries(Object.keys(file[kind]).map((name) => [name, this.top[kind] / 2]));
    /** @type {Record<string, any>} */
    this.sets = { file, equal: { groups: even("groups"), criteria: even("criteria") }, ...Object.fromEntries(study.profiles.map((/** @type {any} */ one) => [one.id, merged(file, one)])) };
    this.wide = matchMedia("(min-width: 761px) and (min-height: 641px)").matches;
    /** @type {Set<string>} */
    this.open = new Set();
  }

  paint() {
    const { groups, criteria, left_out } = this.study;
    /** @type {Array<() => void>} */
    this.updates = [];
    this.message = el("p", { class: "wrong", role: "alert" });
    const loose = criteria.filter((/** @type {any} */ one) => !(one.group in this.live.file.groups));
    const notes = [t("weights.stay"), criteria.some((/** @type {any} */ one) => one.applies_to) && t("weights.by_side"), left_out.length > 0 && t("weights.left_out", { titles: left_out.map(both).join(", ") })];
    const box = el(
      "details",
      { class: "weighing", open: this.wide },
      el("summary", {}, el("h2", {}, t("weights.title")), this._stack()),
      this._choice(),
      this.message,
      el("ul", { class: "sliders" }, groups.filter((/** @type {any} */ one) => one.id in this.live.file.groups).map(this._group, this), loose.map(this._criterion, this), el("li", {}, el("details", { class: "quiet left-out" }, el("summary", {}, t("weights.notes")), notes.filter(Boolean).join(" ")))),
    );
    box.addEventListener("toggle", () => { this.wide = /** @type {HTMLDetailsElement} */ (box).open; });
    fill(room("weights"), box);
    this.update();
  }

  update() {
    for (const run of this.updates ?? []) run();
    if (this.message) fill(this.message);
  }

  /** The shares of the groups as one bar. */
  _stack() {
    const parts = this.study.groups.map((/** @type {any} */ group) => {
      const part = el("span", { style: { background: shadeOf(this.study, group.id) } });
      this.updates?.push(() => part.style.setProperty("flex", String(group.weight)));
      return part;
    });
    return el("span", { class: "stack", "aria-hidden": "true" }, parts);
  }

  /** Profiles, and the way back. */
  _choice() {
    const option = (/** @type {string} */ id, /** @type {string} */ words) => el("option", { value: id }, words);
    const own = option("own", t("weights.own"));
    const profiles = this.study.profiles.map((/** @type {any} */ one) => option(one.id, both(one.title)));
    const select = /** @type {HTMLSelectElement} */ (el("select", { id: "profile" }, option("file", t("weights.file")), profiles, option("equal", t("weights.equal")), own));
    select.addEventListener("change", () => this._set(this.sets[select.value] ?? {}));
    const reset = /** @type {HTMLButtonElement} */ (el("button", { class: "textual", id: "weights-reset", on: { click: () => { this._set(this.live.file); select.focus(); } } }, t("weights.reset")));
    this.updates?.push(() => {
      const found = Object.entries(this.sets).find(([, one]) => same(one, this.live.weights));
      select.value = found ? found[0] : "own";
      own.hidden = Boolean(found);
      reset.disabled = this.live.original;
    });
    return el("p", { class: "profile" }, el("label", { for: "profile" }, t("weights.profile")), select, reset);
  }

  /** @param {any} group @param {number} n */
  _group(group, n) {
    const inner = el("ul", { id: `group-${n}`, hidden: !this.open.has(group.id) }, this.study.criteria.filter((/** @type {any} */ one) => one.group === group.id).map(this._criterion, this));
    const button = el("button", { class: "opener", "aria-expanded": String(!inner.hidden), "aria-controls": `group-${n}` }, chip(this.study, group.id), both(group.title));
    button.addEventListener("click", () => {
      inner.hidden = !inner.hidden;
      button.setAttribute("aria-expanded", String(!inner.hidden));
      if (inner.hidden) this.open.delete(group.id);
      else this.open.add(group.id);
    });
    return el("li", {}, el("div", { class: "slider" }, button, this._range("groups", group.id, both(group.title), () => percent(group.weight))), inner);
  }

  /** @param {any} one */
  _criterion(one) {
    const group = this.study.criteria.filter((/** @type {any} */ other) => other.group === one.group);
    const alone = group.length < 2 && one.group in this.live.file.groups && this.live.weights.criteria[one.id] > 0; // the group's slider is all
    const tag = one.applies_to && el("small", { class: "tag" }, t(`only.${one.applies_to}`));
    return el("li", { class: "slider leaf" }, el("span", {}, both(one.title), " ", tag), this._range("criteria", one.id, both(one.title), () => shareOf(one), alone));
  }

  /** @param {Kind} kind @param {string} id @param {string} name @param {() => string} say @param {boolean} [fixed] */
  _range(kind, id, name, say, fixed) {
    const top = this.top[kind];
    const input = /** @type {HTMLInputElement} */ (el("input", { type: "range", min: 0, max: top, step: top / 100, disabled: fixed, "aria-label": name, "data-weight": `${kind}.${id}` }));
    const output = el("output", {});
    input.addEventListener("input", () => this._set({ [kind]: { [id]: Number(input.value) } }, input)); // browsers send one a frame
    this.updates?.push(() => {
      const weight = this.live.weights[kind][id];
      if (weight > Number(input.max)) input.max = String(weight);
      if (document.activeElement !== input || Number(input.value) !== weight) input.value = String(weight);
      input.style.setProperty("--part", `${(100 * weight) / Number(input.max)}%`);
      input.setAttribute("aria-valuetext", say());
      fill(output, say());
    });
    return [input, output];
  }

  /** @param {{groups?: Record<string, number>, criteria?: Record<string, number>}} weights @param {HTMLInputElement} [input] */
  _set(weights, input) {
    try {
      this.live.set(weights);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.update();
      if (this.message) fill(this.message, t("weights.none"));
      input?.focus();
    }
  }
}

/** @param {any} file @param {any} part */
const merged = (file, part) => ({ groups: { ...file.groups, ...part.groups }, criteria: { ...file.criteria, ...pick(part.criteria, file.criteria) } });

/** What a profile says of criteria that this run could not measure is left aside. @param {any} part @param {any} known */
const pick = (part, known) => Object.fromEntries(Object.entries(part).filter(([name]) => name in known));

/** @param {any} a @param {any} b */
const same = (a, b) => ["groups", "criteria"].every((kind) => Object.keys(a[kind]).every((name) => a[kind][name] === b[kind][name]));
