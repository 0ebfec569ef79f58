// Runs before Gradio loads. Its loading screen (6.31) counts seconds once per frame, and continues after it is gone: the
// browser checks the whole page 60 times a second. These seconds are not shown anywhere, so the frames that count them
// are not granted.
(() => {
  const request = window.requestAnimationFrame.bind(window);
  const counts = (callback) => !callback.name && String(callback).includes("performance.now()-");
  window.requestAnimationFrame = (callback) => (counts(callback) ? 0 : request(callback));
})();
