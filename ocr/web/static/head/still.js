// Runs before Gradio does. Its loading screen counts its own seconds, once a frame, and goes on with that for ever after
// it is gone (6.31): 60 frames a second in which the browser looks at the whole page and finds that nothing has changed.
// We show no such seconds anywhere, so whoever asks for a frame to count them gets none.
(() => {
  const request = window.requestAnimationFrame.bind(window);
  const counts = (callback) => !callback.name && String(callback).includes("performance.now()-");
  window.requestAnimationFrame = (callback) => (counts(callback) ? 0 : request(callback));
})();
