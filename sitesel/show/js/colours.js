// The colours of what is drawn by script: those of colours.css, in the scheme of the reader's system.

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @type {Record<string, string>} */
let known = {};

/** A colour by its name in the style sheet, or one of the data as #rrggbb or #rrggbbaa. */
export function colour(name) {
  return (known[name] ??= name.startsWith("#") ? lifted(name) : style(name));
}

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** The classes of the surface, from weak to strong. */
export const RAMP = [1, 2, 3, 4, 5].map((n) => `ramp-${n}`);

/** A colour of the data; on a dark map it goes towards white. */
export function lifted(hex) {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const light = parts.map((part) => Math.round(part + Number(colour("lift")) * (255 - part)));
  return `#${light.map((part) => part.toString(16).padStart(2, "0")).join("")}${hex.slice(7)}`;
}

/** Run whenever the colours change: the system turns dark or light, or a dark page goes to paper. */
export function onColours(run) {
  const turn = (paper) => {
    document.documentElement.toggleAttribute("data-paper", paper);
    known = {};
    run();
  };
  DARK.addEventListener("change", () => turn(false));
  addEventListener("beforeprint", () => DARK.matches && turn(true));
  addEventListener("afterprint", () => document.documentElement.hasAttribute("data-paper") && turn(false));
}
