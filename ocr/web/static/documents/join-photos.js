// Offers to join photos that were added together into one document; until the choice is made they wait, uploaded.
import { component } from "../base/component.js";
import { setText } from "../base/dom.js";
import { gettext } from "../base/language.js";
import { startOptions } from "./start-options.js";

const { trigger, find } = component("documents");
const choice = find(".join");
let waiting = []; // [{upload, name}]
let then = []; // what to do once the choice is made

// Whether these files are photos that may be pages of one document.
export const arePhotos = (files) => files.length > 1 && files.every(({ type }) => type.startsWith("image/"));

function draw() {
  choice.hidden = waiting.length < 2;
  setText(find(".join .together"), gettext("Join {count} photos into one document", { count: waiting.length }));
}

export function offerToJoin(files, done) {
  waiting = [...waiting, ...files];
  then.push(done);
  draw();
}

function choose(event) {
  const files = waiting;
  const after = then;
  waiting = [];
  then = [];
  draw();
  event(files);
  for (const done of after) done();
}

find(".join .together").addEventListener("click", () => choose((files) => trigger("joined", { ...startOptions(), files })));
find(".join .apart").addEventListener("click", () => choose((files) => trigger("added", { ...startOptions(), files })));
