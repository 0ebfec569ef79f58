// Events are posted one by one, and the event stream is resumed where it broke off, whatever the network does.
import assert from "node:assert/strict";
import test from "node:test";
import { runClassic } from "./classic.js";

const JOIN = "http://localhost/gradio_api/queue/join?";
const STREAM = "http://localhost/gradio_api/queue/data?session_hash=tab";
const ANSWER = new Response("{}");
const END = "event: end\ndata:\n\n";
const LONGEST_POST_MS = 5000;

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(condition) {
  while (!condition()) await turn();
}

// Lets happen what is ready to; only to assert that something has not happened.
async function turns() {
  for (let count = 0; count < 50; count += 1) await turn();
}

// A clock on which no post takes too long, however slow this machine is; all other times pass at once.
function clock(callback, ms) {
  if (ms < LONGEST_POST_MS) setImmediate(callback);
}

// A window whose posts stay open until the test answers them, in any order.
function openWindow() {
  const posts = [];
  const window = {
    fetch: (resource, options) => new Promise((resolve, reject) => posts.push({ resource, options, resolve, reject })),
  };
  runClassic("head/event-stream.js", window, clock);
  return { window, posts };
}

test("the second event waits for the answer to the first", async () => {
  const { window, posts } = openWindow();
  const first = window.fetch(JOIN);
  const second = window.fetch(new Request(JOIN));
  await until(() => posts.length);
  await turns();
  assert.equal(posts.length, 1);
  posts[0].resolve(ANSWER);
  assert.equal(await first, ANSWER);
  await until(() => posts.length === 2);
  posts[1].resolve(ANSWER);
  assert.equal(await second, ANSWER);
});

test("an event that fails is told to its caller and does not hold up the next", async () => {
  const { window, posts } = openWindow();
  const first = window.fetch(JOIN);
  const second = window.fetch(JOIN);
  await until(() => posts.length);
  posts[0].reject(new Error("no network"));
  await assert.rejects(first, /no network/);
  await until(() => posts.length === 2);
  posts[1].resolve(ANSWER);
  assert.equal(await second, ANSWER);
});

test("other requests wait for nothing", () => {
  const { window, posts } = openWindow();
  window.fetch(JOIN);
  window.fetch("theme.css");
  assert.deepEqual(posts.map(({ resource }) => resource), ["theme.css"]);
});

// The page's stream in such a window: what Gradio reads of it, and the connections that were asked for.
async function openStream(options) {
  const { window, posts } = openWindow();
  const stream = { window, connections: posts, text: "", error: null, done: false };
  const decoder = new TextDecoder();
  (async () => {
    const answer = await window.fetch(new Request(STREAM, options));
    for await (const chunk of answer.body) stream.text += decoder.decode(chunk, { stream: true });
    stream.done = true;
  })().catch((error) => (stream.error = error));
  await until(() => posts.length);
  return stream;
}

// A connection's answer: the test writes to it and ends or breaks it.
function answer() {
  let writer;
  const body = new ReadableStream({ start: (controller) => (writer = controller) });
  const encoder = new TextEncoder();
  return {
    response: new Response(body),
    write: (text) => writer.enqueue(encoder.encode(text)),
    end: () => writer.close(),
    break: () => writer.error(new TypeError("network error")),
  };
}

const received = ({ options }) => options.headers.get("Last-Event-ID");

test("a stream that broke is resumed after the last message that was received", async () => {
  const stream = await openStream();
  const first = answer();
  assert.equal(received(stream.connections[0]), "0");
  stream.connections[0].resolve(first.response);
  first.write("id: 1\ndata: a\n\nid: 2\nda");
  first.write("ta: b\n\nid: 3\ndata: half of");
  await until(() => stream.text.includes("b"));
  first.break();
  await until(() => stream.connections.length === 2);
  assert.equal(received(stream.connections[1]), "2");
  stream.connections[1].resolve(new Response(`id: 3\ndata: c\n\n${END}`));
  await until(() => stream.text.includes("c"));
  assert.equal(stream.text, "id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n");
  assert.equal(stream.error, null);
});

test("a connection that ends without a word is resumed too", async () => {
  const stream = await openStream();
  stream.connections[0].resolve(new Response("id: 1\ndata: a\n\n"));
  await until(() => stream.connections.length === 2);
  assert.equal(received(stream.connections[1]), "1");
});

test("at rest nothing is connected, and the next event connects again", async () => {
  const stream = await openStream();
  stream.connections[0].resolve(new Response(`id: 1\ndata: a\n\n${END}`));
  await until(() => stream.text.includes("a"));
  await turns();
  assert.equal(stream.connections.length, 1);
  stream.window.fetch(JOIN);
  await until(() => stream.connections.length === 2);
  stream.connections[1].resolve(new Response("{}"));
  await until(() => stream.connections.length === 3);
  assert.equal(received(stream.connections[2]), "1");
  assert.equal(stream.done, false);
});

test("an event that was accepted while the stream ended is asked after", async () => {
  const stream = await openStream();
  const first = answer();
  stream.connections[0].resolve(first.response);
  const accepted = stream.window.fetch(JOIN);
  await until(() => stream.connections.length === 2);
  stream.connections[1].resolve(new Response("{}"));
  await accepted;
  first.write(END);
  await until(() => stream.connections.length === 3);
  assert.equal(received(stream.connections[2]), "0");
});

test("messages that are lost at the server break the stream, and the next one goes on after them", async () => {
  const stream = await openStream();
  stream.connections[0].resolve(new Response("id: 7\nevent: lost\ndata:\n\n"));
  await until(() => stream.error);
  assert.match(stream.error.message, /lost/);
  stream.window.fetch(STREAM);
  await until(() => stream.connections.length === 2);
  assert.equal(received(stream.connections[1]), "7");
});

test("a refusal is final", async () => {
  const stream = await openStream();
  stream.connections[0].resolve(new Response("", { status: 404 }));
  await until(() => stream.error);
  assert.match(stream.error.message, /404/);
  await turns();
  assert.equal(stream.connections.length, 1);
});

test("Gradio may end the stream", async () => {
  const abort = new AbortController();
  const stream = await openStream({ signal: abort.signal });
  stream.connections[0].resolve(new Response(END));
  await turns();
  abort.abort();
  await until(() => stream.done || stream.error);
  assert.equal(stream.connections.length, 1);
});

test("what comes of an event waits for the answer to its post, and what comes of others behind it", async () => {
  const stream = await openStream();
  const first = answer();
  stream.connections[0].resolve(first.response);
  stream.window.fetch(JOIN);
  await until(() => stream.connections.length === 2);
  stream.connections[1].resolve(new Response('{"event_id":"a"}'));
  stream.window.fetch(JOIN);
  await until(() => stream.connections.length === 3);
  first.write('id: 1\ndata: {"event_id":"a"}\n\nid: 2\ndata: {"event_id":"b"}\n\nid: 3\ndata: {"event_id":"a"}\n\n');
  await until(() => stream.text);
  await turns();
  assert.equal(stream.text, 'id: 1\ndata: {"event_id":"a"}\n\n');
  stream.connections[2].resolve(new Response('{"event_id":"b"}'));
  await until(() => /"b"\}\n\nid: 3/.test(stream.text));
});
