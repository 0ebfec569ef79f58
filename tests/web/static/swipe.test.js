// Which movements of a finger are swipes, and where they lead.
import assert from "node:assert/strict";
import test from "node:test";

globalThis.visualViewport = { scale: 1, addEventListener: () => {} }; // it listens for changes as soon as it is imported
const { isSwipe, sideOf } = await import("../../../ocr/web/static/base/swipe.js");

test("a finger that has hardly moved may be tapping", () => {
  assert.equal(isSwipe(6, 6, 20), null);
  assert.equal(isSwipe(0, 0, 900), null);
});

test("to the side it swipes, up and down and aslant it scrolls", () => {
  assert.equal(isSwipe(20, 4, 60), true);
  assert.equal(isSwipe(-20, -4, 60), true);
  assert.equal(isSwipe(2, 20, 60), false);
  assert.equal(isSwipe(20, 14, 60), false);
});

test("a finger that was held down selects text", () => {
  assert.equal(isSwipe(20, 0, 600), false);
});

test("a short swipe is taken back", () => {
  assert.deepEqual([-80, -30, 30, 80].map(sideOf), ["after", null, null, "before"]);
});
