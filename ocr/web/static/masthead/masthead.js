import { component } from "../base/component.js";
import { setAttribute, setMessage, setText } from "../base/dom.js";
import { gettext, LANGUAGE, language } from "../base/language.js";

const { element, trigger, find, current, onValue } = component("masthead");
const panel = find("details.engine");
const log = find(".log");
const lines = find(".log pre");
const atEnd = () => lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 8;
const toEnd = () => {
  lines.scrollTop = lines.scrollHeight;
};
find(".restart").addEventListener("click", () => trigger("restart"));
log.addEventListener("toggle", toEnd);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel.open) panel.open = false;
});

function drawLog(text) {
  log.hidden = !text;
  const follows = atEnd(); // do not scroll if the visitor has scrolled up
  setText(lines, text);
  if (follows) toEnd();
}

function drawStart({ sign, stage, elapsed, progress, share, expectation }) {
  const over = sign === "ready" || sign === "failed";
  const started = over ? gettext("{stage} after {elapsed}", { stage, elapsed }) : `${stage}${progress ? ` ${progress}` : ""}`;
  setText(find("summary .stage"), !sign || sign === "ready" ? "" : sign === "starting" ? `${stage}, ${elapsed}` : stage);
  find(".start").hidden = !sign;
  setText(find(".now .stage"), started);
  setText(find(".now .elapsed"), over ? "" : elapsed);
  const bar = find(".start progress");
  bar.hidden = share === null;
  bar.value = share ?? 0;
  setText(find(".expectation"), expectation);
}

// Reloads the page in the other language; the session is restored by the tab's key.
for (const button of element.querySelectorAll(".languages button")) {
  setAttribute(button, "aria-pressed", String(button.lang === language));
  button.addEventListener("click", () => {
    try {
      localStorage.setItem(LANGUAGE, button.lang);
    } catch {
      return; // storage is disabled: the choice could not be remembered
    }
    location.reload();
  });
}

// Gradio sets the browser's language here once its own texts are loaded.
const root = document.documentElement;
const nameLanguage = () => setAttribute(root, "lang", language);
new MutationObserver(nameLanguage).observe(root, { attributeFilter: ["lang"] });
nameLanguage();

onValue(() => {
  const value = current();
  const plain = !value.about && !value.sign;
  panel.hidden = plain;
  find(".plain").hidden = !plain;
  setText(plain ? find(".plain") : find("summary .name"), value.engine);
  setAttribute(panel, "data-sign", value.sign || null);
  setMessage(find(".about"), value.about);
  drawStart(value);
  find(".problem").hidden = !value.problem;
  setMessage(find(".problem p"), [value.problem, value.next].filter(Boolean).join(" "));
  find(".restart").hidden = !value.restart;
  drawLog(value.log);
});
