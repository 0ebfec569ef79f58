// Boxes of lines as those of the blocks that they make: lines that stand close below one another are one.
export function blocksOf(boxes) {
  const blocks = [];
  for (const [left, top, right, bottom] of boxes) {
    const last = blocks.at(-1);
    const below = last && left < last[2] && last[0] < right && top > last[1] && top - last[3] < bottom - top;
    if (below) blocks[blocks.length - 1] = [Math.min(last[0], left), last[1], Math.max(last[2], right), Math.max(last[3], bottom)];
    else blocks.push([left, top, right, bottom]);
  }
  return blocks;
}
