// The address of a document in the library, `#doc/12`: a reload, the back button and a bookmark lead there.
const number = () => Number(/^#doc\/(\d{1,12})$/.exec(location.hash)?.[1] ?? 0);
const elsewhere = () => location.pathname + location.search;

let answered = null; // whether the screen shows what the address names; null where nothing is awaited

// Names the document in the address, as a step of its own in the browser's history, and opens it.
export function opened(id, open) {
  if (number() !== id) history.pushState(null, "", `#doc/${id}`);
  answered = ({ shown, missing }) => shown === id || missing === id;
  open(id);
}

// Returns what follows the component's value. `open` and `close` are called where the address names another document
// than the one that is shown, or none.
export function followAddress(open, close) {
  let shown = 0;
  let begun = false; // whether the tab has its session
  const go = () => {
    const id = number();
    if (id && id !== shown) opened(id, open);
    else if (!id && shown) {
      const before = shown;
      answered = (value) => value.shown !== before;
      close(before);
    }
  };
  window.addEventListener("popstate", () => begun && go());
  return (value) => {
    shown = value.shown;
    if (!value.ready) return;
    if (!begun) {
      begun = true;
      if (number() && number() !== shown) {
        go();
        return;
      }
    }
    if (answered && !answered(value)) return;
    answered = null;
    if (number() !== shown) history.replaceState(null, "", shown ? `#doc/${shown}` : elsewhere());
  };
}
