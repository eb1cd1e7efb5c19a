// What lies over the page: sources, comparison, indicators.

import { el, fill, room } from "./dom.js";
import { t } from "./words.js";

/** @param {() => void} run */
export const closer = (run) => el("button", { class: "close", "aria-label": t("close"), on: { click: run } }, "×");

/**
 * Show a dialog. Its content is drawn by `body`, which may draw it again; null closes.
 * @param {string} id @param {string} title @param {(again: () => void) => any} body @param {string} back id of what gets the focus afterwards
 */
export function dialog(id, title, body, back) {
  const box = /** @type {HTMLDialogElement} */ (el("dialog", { id, "aria-labelledby": `${id}-title` }));
  const draw = () => {
    const content = body(draw);
    if (content === null) return box.close();
    fill(box, el("header", {}, el("h2", { id: `${id}-title`, tabindex: "-1" }, title), closer(() => box.close())), el("div", { class: "card-body" }, content));
  };
  draw();
  box.addEventListener("close", () => {
    box.remove();
    document.getElementById(back)?.focus();
  });
  room("drawer-room").append(box);
  box.showModal();
  /** @type {HTMLElement|null} */ (box.querySelector("h2"))?.focus();
}
