// Gradio's count of seconds gets no frame; everybody else does.
import assert from "node:assert/strict";
import test from "node:test";
import { runClassic } from "./classic.js";

function openWindow() {
  const frames = [];
  const window = { requestAnimationFrame: (callback) => frames.push(callback) };
  runClassic("head/still.js", window);
  return { window, frames };
}

test("a callback that counts seconds is dropped", () => {
  const { window, frames } = openWindow();
  // biome-ignore format: as Gradio's minified code has it
  assert.equal(window.requestAnimationFrame(() => performance.now()-0), 0);
  assert.equal(frames.length, 0);
});

test("any other callback gets its frame", () => {
  const { window, frames } = openWindow();
  const draw = () => {};
  assert.equal(window.requestAnimationFrame(draw), 1);
  assert.equal(window.requestAnimationFrame(function tick() { return performance.now()-0; }), 2);
  assert.equal(frames.length, 2);
});
