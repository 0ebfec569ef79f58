// Thumbnails are asked for when they come near the view, the latest first, and fetched only there. One request at a
// time: whoever scrolls through a book waits for what is in view, not for everything that went by.
import { component } from "../base/component.js";
import { el } from "../base/dom.js";
import { dress } from "./strip-button.js";

const { trigger, find, current } = component("strip");
const BATCH = 12;
const TRIES = 3; // a page that cannot be rendered stays blank
const PATIENCE = 8000; // milliseconds after which a request is given up; a run goes before, see thumbnails.py
const wanted = new Set(); // buttons near the view whose page has no thumbnail yet
let asked = new Set();
let since = 0;
let asking = 0;

// Sheaves of thumbnails are watched, not each: the browser looks where all that is watched has gone in every frame.
export const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      for (const node of target.children) {
        node.near = isIntersecting;
        if (isIntersecting) dress(node);
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
  } else if (node.near && (node.tries ?? 0) < TRIES) {
    wanted.add(node);
    if (!asking) asking = setTimeout(ask, 120);
  }
}

export function forgetThumb(node) {
  wanted.delete(node);
  asked.delete(node);
}

function ask() {
  asking = 0;
  if (!asked.size || Date.now() - since > PATIENCE) {
    asked = new Set([...wanted].slice(-BATCH));
    since = Date.now();
    for (const node of asked) {
      node.tries = (node.tries ?? 0) + 1;
      if (node.tries === TRIES) wanted.delete(node);
    }
    if (asked.size) trigger("viewed", { pages: [...asked].map((node) => node.dataset.page) });
  }
  if (wanted.size) asking = setTimeout(ask, 200);
}
