// The data block: base64 -> gzip -> JSON head and typed arrays; geometry from differences.

const TYPES = { uint8: Uint8Array, uint16: Uint16Array, float64: Float64Array };

/** @param {string} base64 @returns {Promise<{content: any, arrays: Record<string, any>}>} */
export async function unpack(base64) {
  const text = atob(base64.trim());
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const size = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const whole = (from, length) => unfolded(new Uint8Array(buffer, from, 4 * length));
  const read = (type, ...part) => (type === "int32" ? whole(...part) : new TYPES[type](buffer, ...part));
  const named = ([name, { type, at, length }]) => [name, read(type, 4 + size + at, length)];
  return { content: head.content, arrays: Object.fromEntries(Object.entries(head.arrays).map(named)) };
}

/** Whole numbers from four planes of their bytes, the sign in the lowest bit. */
function unfolded(planes) {
  const out = new Int32Array(planes.length / 4);
  for (let i = 0, n = out.length; i < n; i++) {
    const folded = planes[i] | (planes[n + i] << 8) | (planes[2 * n + i] << 16) | (planes[3 * n + i] << 24);
    out[i] = (folded >>> 1) ^ -(folded & 1);
  }
  return out;
}

/** Undo differences: a running sum, each row of `width` for itself. */
export function sums(steps, width = steps.length) {
  const out = steps.slice();
  for (let row = 0; row < out.length; row += width) {
    for (let i = row + 1; i < row + width; i++) out[i] += out[i - 1];
  }
  return out;
}

// Web Mercator: the whole world as a square of 1 by 1, y down.
export const mercatorX = (lon) => lon / 360 + 0.5;

export function mercatorY(lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

export const longitude = (x) => (x - 0.5) * 360;
export const latitude = (y) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;

/**
 * Parts of x and y in turns, in Web Mercator, each with its box [left, top, right, bottom].
 * @typedef {{parts: Float64Array[], boxes: number[][], box: number[]}} Shape
 */

/** @param {Int32Array} steps see geometry_stream in payload.py @param {number} quantum degrees @returns {Shape[]} */
export function shapes(steps, quantum) {
  let [at, lon, lat] = [0, 0, 0];
  const all = [];
  while (at < steps.length) {
    const parts = [];
    for (let left = steps[at++]; left > 0; left--) {
      const part = new Float64Array(2 * steps[at++]);
      for (let i = 0; i < part.length; i += 2) {
        lon += steps[at++];
        lat += steps[at++];
        part[i] = mercatorX(lon * quantum);
        part[i + 1] = mercatorY(lat * quantum);
      }
      parts.push(part);
    }
    const boxes = parts.map(boxOf);
    all.push({ parts, boxes, box: union(boxes) });
  }
  return all;
}

/** The box round points, or round boxes, one after the other. */
function boxOf(numbers) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < numbers.length; i++) {
    const axis = i % 2;
    box[axis] = Math.min(box[axis], numbers[i]);
    box[axis + 2] = Math.max(box[axis + 2], numbers[i]);
  }
  return box;
}

export const union = (boxes) => boxOf(boxes.flat());

/** Where the rings of a shape cross a height, from left to right. @param {Shape} shape @param {number} y */
export function crossings({ parts, boxes }, y) {
  const found = [];
  for (const ring of parts.filter((_, n) => y >= boxes[n][1] && y <= boxes[n][3])) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      if (ring[i + 1] > y === ring[j + 1] > y) continue;
      found.push(ring[i] + ((y - ring[i + 1]) * (ring[j] - ring[i])) / (ring[j + 1] - ring[i + 1]));
    }
  }
  return found.sort((a, b) => a - b);
}

/** Is a point inside the rings (even-odd)? @param {Shape} shape @param {number} x @param {number} y */
export function inside(shape, x, y) {
  const [left, top, right, bottom] = shape.box;
  if (x < left || x > right || y < top || y > bottom) return false;
  return crossings(shape, y).filter((at) => at > x).length % 2 === 1;
}
