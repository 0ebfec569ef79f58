// Wraps `fetch` before Gradio loads, so that the page shows the newest state whatever the network does.
//
// Events are posted one at a time, and the messages of an event are passed on after the response to its post. Gradio
// (6.31) buffers earlier messages and shows them when the response arrives, before messages of older events that it has
// already received; the older state would be shown last.
//
// A broken event stream is resumed: the server numbers its messages, and each connection names the last one received
// (ocr/web/server/event_streams.py). Gradio sees one stream that does not end.
(() => {
  const LONGEST_POST_MS = 5000;
  const RETRY_AFTER_MS = [0, 500, 1000, 2000, 4000];
  const request = window.fetch.bind(window);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  const failure = (message, final) => Object.assign(new Error(message), { final });

  let earlier = Promise.resolve(); // settles when all events posted so far are answered
  const answered = new Set(); // events whose response Gradio has received

  let received = 0; // number of the last message
  let accepted = false; // whether an event was accepted since the last connection
  let wake = () => {};

  // Yields the messages of one connection, each `{ id, event, text }`.
  async function* messages(body) {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    for (let text = "", chunk = {}; !chunk.done; ) {
      chunk = await reader.read();
      text += decoder.decode(chunk.value, { stream: !chunk.done });
      const blocks = text.split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        yield { id: Number(block.match(/^id: ?(\d+)/)?.[1]), event: block.match(/^event: ?(\w+)/m)?.[1], text: block };
      }
    }
  }

  // Passes on the messages of one connection; returns when the server ends it because no event is pending.
  async function connect(options, pass) {
    const headers = new Headers(options.headers);
    headers.set("Last-Event-ID", received);
    accepted = false;
    const answer = await request(options.url, { credentials: options.credentials, signal: options.signal, headers });
    if (!answer.ok) throw failure(`${answer.status}`, answer.status < 500 && answer.status !== 429);
    for await (const { id, event, text } of messages(answer.body)) {
      if (event === "end") return;
      const of = text.match(/"event_id":"(\w+)"/)?.[1];
      if (of && !answered.has(of)) await earlier;
      received = id;
      if (event === "lost") throw failure("lost", true);
      pass(text);
    }
    throw failure("early", false);
  }

  async function follow(options, pass) {
    const { signal } = options;
    signal.addEventListener("abort", () => wake());
    for (let failures = 0; !signal.aborted; ) {
      const before = received;
      try {
        await connect(options, pass);
        failures = 0;
        if (!accepted && !signal.aborted) await new Promise((resolve) => (wake = resolve));
      } catch (error) {
        if (signal.aborted) return;
        if (received !== before) failures = 0;
        if (error.final || failures === RETRY_AFTER_MS.length) throw error;
        await pause(RETRY_AFTER_MS[failures++]);
      }
    }
  }

  function openStream(options) {
    const encoder = new TextEncoder();
    const body = new ReadableStream({
      start(controller) {
        const pass = (text) => controller.enqueue(encoder.encode(`${text}\n\n`));
        follow(options, pass).then(() => controller.close()).catch((error) => controller.error(error));
      },
    });
    return Promise.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
  }

  function postEvent(resource, options) {
    const answer = earlier.then(() => request(resource, options));
    const taken = answer
      .then((response) => response.clone().json())
      .then(({ event_id }) => pause(0).then(() => answered.add(event_id)))
      .catch(() => pause(0));
    earlier = Promise.race([taken, pause(LONGEST_POST_MS)]);
    answer.then((response) => {
      accepted ||= response.ok;
      wake();
    }, () => {});
    return answer;
  }

  window.fetch = (resource, options) => {
    const url = String(resource.url ?? resource);
    if (url.includes("/queue/join")) return postEvent(resource, options);
    if (url.includes("/queue/data")) return openStream(new Request(resource, options));
    return request(resource, options);
  };
})();
