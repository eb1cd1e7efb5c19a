// Elements of the page. Text from data enters the document here and nowhere else: as text.

const SVG = new Set(["svg", "g", "rect", "line", "path", "circle", "polygon", "text", "title"]);

const isThere = (value) => value !== null && value !== undefined && value !== false;

/**
 * @param {Record<string, any>} [options] attributes; `class` may be a list, `on` holds listeners, `style` is an object
 * @param {...any} children nodes, text, numbers, or lists of them; what is empty or false is left out
 * @returns {any} the element
 */
export function el(tag, options = {}, ...children) {
  const node = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (!isThere(value)) continue;
    if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (name === "style") for (const [key, rule] of Object.entries(value)) node.style.setProperty(key, rule);
    else node.setAttribute(name, value === true ? "" : Array.isArray(value) ? value.filter(Boolean).join(" ") : value);
  }
  node.append(...children.flat(Infinity).filter(isThere));
  return node;
}

/** Replace everything in a node. */
export const fill = (node, ...children) => node.replaceChildren(...children.flat(Infinity).filter(isThere));

/** The element of an id that the page is made with. @param {string} id */
export function room(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no ${id}`);
  return node;
}

/** A link only to the web, never to a script. */
export function link(url, text) {
  if (!/^https?:\/\//i.test(url ?? "")) return el("span", {}, text);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** Names and their values. @param {any[]} list of a name and a value */
export function facts(list) {
  const lines = list.filter(Boolean).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return el("dl", { class: "facts" }, lines);
}
