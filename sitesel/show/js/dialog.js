// What lies over the page: sources, comparison, indicators.

import { el, fill, room } from "./dom.js";

/** Show what `body` draws, and may draw again; null closes. @param {string} back id of what asked for it */
export function dialog(id, title, body, back) {
  const box = el("dialog", { id, "aria-labelledby": `${id}-title` });
  const draw = () => {
    const content = body(draw);
    if (content === null) box.close();
    else fill(box, view.headed({ id: `${id}-title`, title, content, close: () => box.close() }));
  };
  draw();
  box.addEventListener("close", () => {
    box.remove();
    if (document.activeElement === document.body) document.getElementById(back)?.focus();
  });
  room("drawer-room").append(box);
  box.showModal();
  box.querySelector("h2").focus();
}
