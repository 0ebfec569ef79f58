// Thumbnails are requested when they come near the view, the latest first, one request at a time: after scrolling
// through a long document only those in view are waited for.
import { component } from "../base/component.js";
import { el } from "../base/dom.js";
import { fillButton } from "./strip-button.js";

const { trigger, find, current } = component("strip");
const MAX_PAGES_PER_REQUEST = 12;
const MAX_ATTEMPTS = 3; // a page that cannot be rendered stays blank
const REQUEST_TIMEOUT_MS = 8000; // a run of pages has priority, see thumbnails.py
const wanted = new Set(); // buttons near the view whose page has no thumbnail yet
let requested = new Set();
let requestedAt = 0;
let timer = 0;

// Chunks of thumbnails are observed, not each one: the browser checks every observed element in every frame.
export const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      for (const node of target.children) {
        node.near = isIntersecting;
        if (isIntersecting) fillButton(node);
        else wanted.delete(node);
        showThumb(node);
      }
    }
  },
  { root: find(".strip"), rootMargin: "160px" },
);

export function showThumb(node) {
  if (node.ready) {
    forgetThumb(node);
    if (node.near && !node.querySelector("img")) {
      node.querySelector(".paper").append(el("img", { alt: "", src: `${current().folder}/${node.dataset.page}-small.jpg` }));
    }
  } else if (node.near && (node.attempts ?? 0) < MAX_ATTEMPTS) {
    wanted.add(node);
    if (!timer) timer = setTimeout(requestThumbs, 120);
  }
}

export function forgetThumb(node) {
  wanted.delete(node);
  requested.delete(node);
}

function requestThumbs() {
  timer = 0;
  if (!requested.size || Date.now() - requestedAt > REQUEST_TIMEOUT_MS) {
    requested = new Set([...wanted].slice(-MAX_PAGES_PER_REQUEST));
    requestedAt = Date.now();
    for (const node of requested) {
      node.attempts = (node.attempts ?? 0) + 1;
      if (node.attempts === MAX_ATTEMPTS) wanted.delete(node);
    }
    if (requested.size) trigger("viewed", { pages: [...requested].map((node) => node.dataset.page) });
  }
  if (wanted.size) timer = setTimeout(requestThumbs, 200);
}
