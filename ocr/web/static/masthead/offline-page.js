// Has the browser keep the page that it shows while Pagelight cannot be reached (service-worker.js). Browsers do so on
// localhost and over HTTPS alone, and some not in private windows or in a frame.
const LATER_MS = 2_000; // after the page itself, which is needed first

setTimeout(() => navigator.serviceWorker?.register("service-worker.js").catch(() => {}), LATER_MS);
