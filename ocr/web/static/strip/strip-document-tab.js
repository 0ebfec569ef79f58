// A longer document is shown as one text, until the visitor chooses a tab.
const LONG_PAGES = 20;
let settled = false;

for (const kind of ["click", "keydown"]) {
  document.addEventListener(kind, ({ target, isTrusted }) => {
    if (isTrusted && target.closest?.("#pl-tablist [role=tab]")) settled = true;
  });
}

export function showLongAsOneText(count) {
  const tab = document.querySelector("#pl-document-text-tab");
  if (settled || count < LONG_PAGES || !tab) return;
  settled = true;
  tab.click();
}
