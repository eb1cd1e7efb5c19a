// The grid's equal-area projection (Albers conic on the ellipsoid, Snyder 1987, eq. 14-1 to 14-12).
// It is separable on a Mercator map: a row of pixels has one radius, a column one angle.

const RAD = Math.PI / 180;

export function albers({ a, f, lat_0, lat_1, lat_2, lon_0 }) {
  const e2 = f * (2 - f);
  const e = Math.sqrt(e2);
  const area = (lat) => {
    const s = Math.sin(lat * RAD);
    return (1 - e2) * (s / (1 - e2 * s * s) - Math.log((1 - e * s) / (1 + e * s)) / (2 * e));
  };
  const m2 = (lat) => Math.cos(lat * RAD) ** 2 / (1 - e2 * Math.sin(lat * RAD) ** 2);
  const n = (m2(lat_1) - m2(lat_2)) / (area(lat_2) - area(lat_1));
  const c = m2(lat_1) + n * area(lat_1);
  const radius = (lat) => (a * Math.sqrt(c - n * area(lat))) / n;
  const angle = (lon) => n * (lon - lon_0) * RAD;
  const origin = radius(lat_0);
  const xy = (lon, lat) => [radius(lat) * Math.sin(angle(lon)), origin - radius(lat) * Math.cos(angle(lon))];
  return { radius, angle, origin, xy };
}
