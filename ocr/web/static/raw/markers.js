// Positions in the raw text at which the regions of a page begin.
const MARKER = /!\[[^\]\n]*\](?:\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)|\([^)\n]*\)\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+))/g;

// A marker with an empty box is not a region; see Box in ocr/types.py.
function isRegion(match) {
  const [left, top, right, bottom] = match.slice(1).filter((one) => one !== undefined).map(Number);
  return left < right && top < bottom && right <= 1000 && bottom <= 1000;
}

export const regionStarts = (text) => [...text.matchAll(MARKER)].filter(isRegion).map((match) => match.index);
