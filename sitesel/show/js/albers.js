// The grid's equal-area projection (Albers conic on the ellipsoid, Snyder 1987, eq. 14-1 to 14-12).
// It is separable on a Mercator map: a row of pixels has one radius, a column one angle.

/** @typedef {{a: number, f: number, lat_0: number, lat_1: number, lat_2: number, lon_0: number}} Axes */

/** @param {Axes} axes */
export function albers(axes) {
  const rad = Math.PI / 180;
  const e2 = axes.f * (2 - axes.f);
  const e = Math.sqrt(e2);
  /** @param {number} lat */
  const q = (lat) => {
    const s = Math.sin(lat * rad);
    return (1 - e2) * (s / (1 - e2 * s * s) - Math.log((1 - e * s) / (1 + e * s)) / (2 * e));
  };
  /** @param {number} lat */
  const m2 = (lat) => Math.cos(lat * rad) ** 2 / (1 - e2 * Math.sin(lat * rad) ** 2);
  const n = (m2(axes.lat_1) - m2(axes.lat_2)) / (q(axes.lat_2) - q(axes.lat_1));
  const c = m2(axes.lat_1) + n * q(axes.lat_1);
  /** @param {number} lat */
  const radius = (lat) => (axes.a * Math.sqrt(c - n * q(lat))) / n;
  const origin = radius(axes.lat_0);
  /** @param {number} lon */
  const angle = (lon) => n * (lon - axes.lon_0) * rad;
  /** @param {number} lon @param {number} lat */
  const xy = (lon, lat) => {
    const r = radius(lat);
    return [r * Math.sin(angle(lon)), origin - r * Math.cos(angle(lon))];
  };
  return { radius, angle, origin, xy };
}
