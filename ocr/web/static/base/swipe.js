// Swipes to the side with one finger. Where the window itself is magnified, a finger moves the window.
const SLOP_PX = 10; // as far as a finger that taps may move
const EDGE_PX = 24; // at the sides of the window, where the system's own swipes begin
const FAR_PX = 56; // a shorter swipe is taken back
const SLOW_MS = 400; // who has not moved by then holds the finger down, to select text

const magnified = () => visualViewport.scale > 1.01;
const drawMagnified = () => document.documentElement.classList.toggle("pl-magnified", magnified());
visualViewport.addEventListener("resize", drawMagnified);

const atEdge = (x) => x < EDGE_PX || x > innerWidth - EDGE_PX;

// Whether a finger that has moved so far swipes; null while it may only be tapping.
export function isSwipe(x, y, ms) {
  if (Math.hypot(x, y) < SLOP_PX) return null;
  return ms < SLOW_MS && Math.abs(x) > 2 * Math.abs(y);
}

// What a swipe that has ended asks for.
export const sideOf = (x) => (Math.abs(x) < FAR_PX ? null : x > 0 ? "before" : "after");

// `starts(event)` says whether the finger may swipe, `moves(x)` hears how far it has come, in px, and `ends(side)` where
// it went: "before", "after", or null if the swipe was taken back. The node needs `touch-action: pan-y`.
export function onSwipe(node, { starts, moves, ends }) {
  let from = null; // where the finger came down
  let swiping = false;

  function stop(side) {
    from = null;
    if (swiping) ends(side);
    swiping = false;
  }

  node.addEventListener("pointerdown", (event) => {
    stop(null); // a second finger
    if (event.pointerType !== "touch" || !event.isPrimary || magnified() || atEdge(event.clientX) || !starts(event)) return;
    from = { id: event.pointerId, x: event.clientX, y: event.clientY, at: event.timeStamp };
  });
  node.addEventListener("pointermove", (event) => {
    if (event.pointerId !== from?.id) return;
    const x = event.clientX - from.x;
    if (!swiping) {
      const swipes = isSwipe(x, event.clientY - from.y, event.timeStamp - from.at);
      if (swipes === false) from = null;
      if (!swipes) return;
      swiping = true;
      node.setPointerCapture(event.pointerId); // what was touched may be drawn anew
    }
    moves(x);
  });
  node.addEventListener("pointerup", (event) => event.pointerId === from?.id && stop(sideOf(event.clientX - from.x)));
  node.addEventListener("pointercancel", (event) => event.pointerId === from?.id && stop(null));
}
