// Events are posted one by one, whatever becomes of the answers.
import assert from "node:assert/strict";
import test from "node:test";
import { runClassic } from "./classic.js";

const JOIN = "http://localhost/gradio_api/queue/join?";
const ANSWER = { clone: () => ({ text: async () => "{}" }) };
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

// A window whose posts stay open until the test answers them, in any order.
function openWindow() {
  const posts = [];
  const window = { fetch: (resource) => new Promise((resolve, reject) => posts.push({ resource, resolve, reject })) };
  runClassic("base/event-order.js", window);
  return { window, posts };
}

test("the second event waits for the answer to the first", async () => {
  const { window, posts } = openWindow();
  const first = window.fetch(JOIN);
  const second = window.fetch(new Request(JOIN));
  await settled();
  assert.equal(posts.length, 1);
  posts[0].resolve(ANSWER);
  assert.equal(await first, ANSWER);
  await settled();
  assert.equal(posts.length, 2);
  posts[1].resolve(ANSWER);
  assert.equal(await second, ANSWER);
});

test("an event that fails is told to its caller and does not hold up the next", async () => {
  const { window, posts } = openWindow();
  const first = window.fetch(JOIN);
  const second = window.fetch(JOIN);
  await settled();
  posts[0].reject(new Error("no network"));
  await assert.rejects(first, /no network/);
  await settled();
  posts[1].resolve(ANSWER);
  assert.equal(await second, ANSWER);
});

test("other requests wait for nothing", () => {
  const { window, posts } = openWindow();
  window.fetch(JOIN);
  window.fetch("theme.css");
  assert.deepEqual(posts.map(({ resource }) => resource), ["theme.css"]);
});
