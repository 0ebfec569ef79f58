// What is shown instead of the page while Pagelight cannot be reached; it goes on by itself once it can be.
import { language, translateMarkup } from "../base/language.js";

const ASK_MS = 3_000; // between two questions whether it is there again

document.documentElement.lang = language;
document.documentElement.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
translateMarkup(document.body);

// An answer of a proxy that does not reach Pagelight is none.
async function ask() {
  const { status } = await fetch("manifest.json", { cache: "no-store", redirect: "manual" }).catch(() => ({ status: 503 }));
  if (status < 500) location.reload();
}

document.querySelector("button").addEventListener("click", ask);
document.addEventListener("visibilitychange", () => document.hidden || ask());
addEventListener("online", ask);
setInterval(() => document.hidden || ask(), ASK_MS);
