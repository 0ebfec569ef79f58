// Geometry of a sheet's four corners, [x, y] from 0 to 1000 on both axes, clockwise from the top left.

const within = (value) => Math.min(1000, Math.max(0, value));

// The corners with one of them moved to a place, which is brought back into the picture.
export const moved = (corners, index, [x, y]) => corners.map((corner, at) => (at === index ? [within(x), within(y)] : corner));

// Whether one goes around them clockwise without ever turning left.
export function isSheet(corners) {
  return corners.every(([x, y], at) => {
    const [[x1, y1], [x2, y2]] = [corners[(at + 1) % 4], corners[(at + 2) % 4]];
    return (x1 - x) * (y2 - y1) - (y1 - y) * (x2 - x1) > 0;
  });
}
