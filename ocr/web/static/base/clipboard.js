// Writes to the clipboard: by the asynchronous API where there is one; else, as over plain HTTP, by a copy event.

// `contents` maps each of these media types to its text, or is a promise of that: the browser has to be asked while the
// press counts, and takes the texts when they come. Returns whether the browser allowed it; throws what `contents` throws.
export async function writeClipboard(types, contents) {
  if (typeof ClipboardItem === "function" && navigator.clipboard?.write) {
    const blob = async (type) => new Blob([(await contents)[type]], { type });
    const item = new ClipboardItem(Object.fromEntries(types.map((type) => [type, blob(type)])));
    if (await navigator.clipboard.write([item]).then(() => true, () => false)) return true;
  }
  return copyByEvent(await contents);
}

function copyByEvent(texts) {
  let done = false;
  const put = (event) => {
    for (const [type, text] of Object.entries(texts)) event.clipboardData.setData(type, text);
    event.preventDefault();
    event.stopImmediatePropagation();
    done = true;
  };
  const allow = (event) => event.preventDefault(); // Safari copies without a selection only if this event is cancelled
  document.addEventListener("beforecopy", allow, true);
  document.addEventListener("copy", put, true);
  const allowed = document.execCommand("copy");
  document.removeEventListener("beforecopy", allow, true);
  document.removeEventListener("copy", put, true);
  return allowed && done;
}
