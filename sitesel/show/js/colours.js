// The colours of what is drawn by script: those of colours.css, in the scheme of the reader's system.

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @type {Record<string, string>} */
let known = {};

/** A colour by its name in the style sheet; one of the data (#rrggbb or #rrggbbaa) goes towards white in the dark. */
export function colour(name) {
  const style = () => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return (known[name] ??= name.startsWith("#") ? lifted(name, Number(colour("lift"))) : style());
}

function lifted(hex, lift) {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const light = parts.map((part) => Math.round(part + lift * (255 - part)).toString(16).padStart(2, "0"));
  return `#${light.join("")}${hex.slice(7)}`;
}

/** The classes of the surface, from weak to strong. */
export const RAMP = [1, 2, 3, 4, 5].map((n) => `ramp-${n}`);

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
