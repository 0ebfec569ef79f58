// Runs before Gradio does. Gradio (6.31) shows what came of an event once the answer to its post is there, so the answers
// of two quick events that change places on the network would show the older state last. Events are posted one by one.
(() => {
  const LONGEST_MS = 5000;
  const post = window.fetch.bind(window);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let earlier = Promise.resolve();
  window.fetch = (resource, options) => {
    if (!String(resource.url ?? resource).includes("/queue/join")) return post(resource, options);
    const answer = earlier.then(() => post(resource, options));
    const taken = answer.then((response) => response.clone().text()).catch(() => "").then(() => pause(0));
    earlier = Promise.race([taken, pause(LONGEST_MS)]);
    return answer;
  };
})();
