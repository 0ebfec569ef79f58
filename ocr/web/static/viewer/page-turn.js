// A point of the page that is turned on the screen. All are shares from 0 to 1; `turn` is in degrees clockwise.

// Where a point of the turned page is on the image.
export function onImage(turn, x, y) {
  if (turn === 90) return [y, 1 - x];
  if (turn === 180) return [1 - x, 1 - y];
  return turn === 270 ? [1 - y, x] : [x, y];
}
