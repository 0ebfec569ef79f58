// Postpones what nobody sees at once until the browser has painted the rest.

// Returns a function that has `draw` called after the next paint, once however often it is called before that.
export function afterPaint(draw) {
  let waiting = false;
  const drawNow = () => {
    waiting = false;
    draw();
  };
  return () => {
    if (!waiting) requestAnimationFrame(() => setTimeout(drawNow));
    waiting = true;
  };
}
