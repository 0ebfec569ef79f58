// A longer document is shown as one text, until the visitor chooses a tab.
const LONG_PAGES = 20;
let settled = false;

document.addEventListener("pl:tab", () => {
  settled = true;
});

export function showLongAsOneText(count) {
  const tab = document.querySelector("#pl-document-text-tab");
  if (settled || count < LONG_PAGES || !tab) return;
  settled = true;
  tab.click();
}
