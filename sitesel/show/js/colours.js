// The colours of what is drawn by script: those of colours.css, in the scheme of the reader's system.

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @type {Record<string, string>} */
let known = {};

/** A custom property of the style sheet. @param {string} name without its dashes */
export function colour(name) {
  return (known[name] ??= getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
}

/** The classes of the surface, from weak to strong. */
export const RAMP = [1, 2, 3, 4, 5].map((n) => `ramp-${n}`);

/** A colour of the data, as #rrggbb; on a dark map it goes towards white. @param {string} hex */
export function lifted(hex) {
  const lift = Number(colour("lift"));
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).map((part) => Math.round(part + lift * (255 - part)));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** Run whenever the colours change: the system turns dark or light, or a dark page goes to paper. @param {() => void} run */
export function onColours(run) {
  const turn = (/** @type {boolean} */ paper) => {
    document.documentElement.toggleAttribute("data-paper", paper);
    known = {};
    run();
  };
  DARK.addEventListener("change", () => turn(false));
  addEventListener("beforeprint", () => DARK.matches && turn(true));
  addEventListener("afterprint", () => document.documentElement.hasAttribute("data-paper") && turn(false));
}
