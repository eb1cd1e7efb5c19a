// The value tree in the reader's hand: a slider a group, which opens into one a criterion.

import { percent, shareOf } from "./charts.js";
import { fill, room } from "./dom.js";
import { t } from "./words.js";

export class Sliders {
  constructor(live, study) {
    this.live = live;
    this.study = study;
    this.profile = "file"; // what the reader chose last
    this.wide = matchMedia("(min-width: 47.6em) and (min-height: 40.1em) and (orientation: landscape)").matches;
    this.open = new Set(); // ids of groups
  }

  paint() {
    fill(room("weights"), view.weights({ sliders: this, study: this.study, file: this.live.file }));
    this.update();
  }

  /** Show the weights as they stand. @param {string} [message] what was wrong with others */
  update(message) {
    const box = /** @type {any} */ (room("weights"));
    const { live, study } = this;
    for (const input of box.querySelectorAll("[data-weight]")) {
      const [kind, id] = input.dataset.weight.split(/\.(.*)/);
      const weight = live.weights[kind][id];
      const item = study[kind].find((one) => one.id === id);
      const words = kind === "groups" ? percent(item.weight) : shareOf(item);
      if (weight > Number(input.max)) input.max = weight;
      if (weight !== Number(input.value)) input.value = weight;
      input.style.setProperty("--part", `${(100 * weight) / Number(input.max)}%`);
      input.setAttribute("aria-valuetext", words);
      fill(input.nextElementSibling, words);
    }
    box.querySelectorAll(".stack span").forEach((part, n) => part.style.setProperty("flex", study.groups[n].weight));
    const now = JSON.stringify(live.weights);
    const fitting = study.profiles.filter((one) => JSON.stringify(one.weights) === now).map((one) => one.id);
    box.querySelector("#profile").value = fitting.includes(this.profile) ? this.profile : (fitting[0] ?? "own");
    box.querySelector("#profile [value=own]").hidden = fitting.length > 0;
    box.querySelector("#weights-reset").disabled = live.places.original;
    fill(box.querySelector(".wrong"), message);
  }

  choose(id) {
    this.profile = id;
    this.set(this.study.profiles.find((one) => one.id === id)?.weights ?? {}, room("profile"));
  }

  /** Set some of the weights, and go back to what was used where these would leave nothing. */
  set(weights, control) {
    try {
      this.live.set(weights);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.update(t("weights.none"));
    }
    control.focus();
  }

  /** Open or close a group. */
  turn(id, button) {
    if (!this.open.delete(id)) this.open.add(id);
    button.setAttribute("aria-expanded", String(this.open.has(id)));
    room(button.getAttribute("aria-controls")).hidden = !this.open.has(id);
  }
}
