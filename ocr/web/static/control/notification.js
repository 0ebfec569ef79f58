// A notification at the end of a long run, if the visitor looks at another tab by then. The browser's permission is asked
// for at a press alone.
import { component } from "../base/component.js";

// Browsers of phones have the class and refuse to make one without a service worker.
const possible = "Notification" in window && !navigator.userAgentData?.mobile;
const { find, current } = component("control");
const offer = find(".notify");
let long = false; // whether the run under way takes long
let permission = "denied";

// The browser asks another process for it and waits, so it is not read at each update.
function readPermission() {
  permission = possible ? Notification.permission : "denied";
}

offer.addEventListener("click", async () => {
  await Notification.requestPermission();
  readPermission();
  drawNotification(current());
});

function notify({ title, progress }) {
  const made = new Notification(title, { body: progress, tag: "pagelight" });
  made.addEventListener("click", () => {
    window.focus();
    made.close();
  });
}

export function drawNotification(value) {
  if (value.long && !long) {
    long = true;
    readPermission();
  }
  offer.hidden = !(value.busy && long && permission === "default");
  find(".notified").hidden = !(value.busy && long && permission === "granted");
  if (value.busy || !long) return;
  long = false;
  readPermission();
  if (document.hidden && permission === "granted") notify(value);
}
