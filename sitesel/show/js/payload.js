// The data block: base64 -> gzip -> JSON head and typed arrays; geometry from varints.

/** @type {Record<string, any>} */
const TYPES = { uint8: Uint8Array, int32: Int32Array, uint16: Uint16Array, float64: Float64Array };

/** @param {string} base64 @returns {Promise<{content: any, arrays: Record<string, any>}>} */
export async function unpack(base64) {
  const text = atob(base64.trim());
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const size = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  /** @type {Record<string, any>} */
  const arrays = {};
  for (const [name, item] of Object.entries(head.arrays)) {
    arrays[name] = new TYPES[item.type](buffer, 4 + size + item.at, item.length);
  }
  return { content: head.content, arrays };
}

/** Undo differences: a running sum, each row of `width` for itself. @param {any} steps @param {number} [width] */
export function sums(steps, width = steps.length) {
  const out = new steps.constructor(steps.length);
  for (let i = 0; i < steps.length; i++) out[i] = i % width ? out[i - 1] + steps[i] : steps[i];
  return out;
}

/**
 * A shape in Web Mercator of the whole world as a square of 1 by 1, y down.
 * @typedef {{kind: number, parts: Float64Array[], boxes: number[][], box: number[]}} Shape
 */

/** @param {number} lon */
export const mercatorX = (lon) => lon / 360 + 0.5;

/** @param {number} lat */
export function mercatorY(lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

/** The way back. @param {number} x */
export const longitude = (x) => (x - 0.5) * 360;

/** @param {number} y */
export const latitude = (y) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;

/** @param {Uint8Array} bytes @param {number} quantum degrees @returns {Shape[]} */
export function shapes(bytes, quantum) {
  let at = 0;
  let lon = 0;
  let lat = 0;
  const next = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  const step = () => {
    const value = next();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  const all = [];
  while (at < bytes.length) {
    const kind = next();
    const parts = [];
    for (let left = next(); left > 0; left--) {
      const part = new Float64Array(2 * next());
      for (let i = 0; i < part.length; i += 2) {
        lon += step();
        lat += step();
        part[i] = mercatorX(lon * quantum);
        part[i + 1] = mercatorY(lat * quantum);
      }
      parts.push(part);
    }
    const boxes = parts.map(boxOf);
    all.push({ kind, parts, boxes, box: union(boxes) });
  }
  return all;
}

/** @param {Float64Array} part */
function boxOf(part) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < part.length; i += 2) {
    if (part[i] < box[0]) box[0] = part[i];
    if (part[i] > box[2]) box[2] = part[i];
    if (part[i + 1] < box[1]) box[1] = part[i + 1];
    if (part[i + 1] > box[3]) box[3] = part[i + 1];
  }
  return box;
}

/** @param {number[][]} boxes */
export function union(boxes) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const one of boxes) {
    box[0] = Math.min(box[0], one[0]);
    box[1] = Math.min(box[1], one[1]);
    box[2] = Math.max(box[2], one[2]);
    box[3] = Math.max(box[3], one[3]);
  }
  return box;
}

/** Is a point inside the rings (even-odd)? @param {Shape} shape @param {number} x @param {number} y */
export function inside(shape, x, y) {
  const around = shape.parts.filter((ring, n) => {
    const box = shape.boxes[n];
    return y >= box[1] && y <= box[3] && x <= box[2] && holds(ring, x, y);
  });
  return around.length % 2 === 1;
}

/** Does a ring go round a point? @param {Float64Array} ring @param {number} x @param {number} y */
export function holds(ring, x, y) {
  let within = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const crosses = ring[i + 1] > y !== ring[j + 1] > y;
    if (crosses && x < ((ring[j] - ring[i]) * (y - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i]) within = !within;
  }
  return within;
}
