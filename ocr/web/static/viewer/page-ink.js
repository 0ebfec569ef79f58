// Where the page's image has ink: where its brightness varies. Measured on a small copy, made when it is first needed.

const WIDTH_PX = 400; // of the copy
const LEAST_CONTRAST = 40; // of 255; paper that was scanned varies by less

// The brightness of each pixel of the copy, 0 to 255; null while there is no image.
function brightnessOf(image) {
  if (!image.complete || !image.naturalWidth) return null;
  const [width, height] = [WIDTH_PX, Math.max(1, Math.round((WIDTH_PX * image.naturalHeight) / image.naturalWidth))];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingQuality = "medium"; // "low" would lose thin lines
  pen.drawImage(image, 0, 0, width, height);
  const { data } = pen.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(width * height);
  for (let at = 0; at < pixels.length; at++) pixels[at] = (data[4 * at] + 2 * data[4 * at + 1] + data[4 * at + 2]) / 4;
  return { width, height, pixels };
}

// Whether a part of the page has ink; `left`, `top`, `right`, `bottom` are shares of the page from 0 to 1.
export function varies({ width, height, pixels }, { left, top, right, bottom }) {
  const [fromX, toX] = [Math.max(0, Math.floor(left * width)), Math.min(width, Math.ceil(right * width))];
  const [fromY, toY] = [Math.max(0, Math.floor(top * height)), Math.min(height, Math.ceil(bottom * height))];
  let [least, most] = [255, 0];
  for (let y = fromY; y < toY; y++) {
    for (let at = y * width + fromX; at < y * width + toX; at++) {
      least = Math.min(least, pixels[at]);
      most = Math.max(most, pixels[at]);
    }
    if (most - least > LEAST_CONTRAST) return true;
  }
  return false;
}

let measured = { src: "", copy: null };

export function hasInk(image, part) {
  if (measured.src !== image.src || !measured.copy) measured = { src: image.src, copy: brightnessOf(image) };
  return !measured.copy || varies(measured.copy, part);
}
