// Shows a page of ours where a browser would say in its own way that Pagelight cannot be reached. That page is part of this
// script: `self.offline` is {markup, policy} (offline_route.py). Nothing is cached, and all else goes to the network as ever.

const home = new URL(self.registration.scope).pathname;

self.addEventListener("install", (event) => {
  self.skipWaiting(); // a new version knows at once
  // What is no page does not have to wait until this script has been started, where browsers know of that. Chrome has had
  // routes since 123 and `not` since 127; between them it refuses this one, and is to install the worker all the same.
  if (event.addRoutes) event.waitUntil(event.addRoutes({ condition: { not: { requestMode: "navigate" } }, source: "network" }).catch(() => {}));
});

self.addEventListener("activate", (event) => event.waitUntil(self.registration.navigationPreload?.enable()));

async function answer({ request, preloadResponse }) {
  try {
    return (await preloadResponse) ?? (await fetch(request));
  } catch {
    const { markup, policy } = self.offline;
    const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "Cache-Control": "no-store" };
    return new Response(markup, { status: 503, headers });
  }
}

self.addEventListener("fetch", (event) => {
  const { mode, method, url } = event.request;
  if (mode === "navigate" && method === "GET" && new URL(url).pathname === home) event.respondWith(answer(event));
});
