// A figure as large as the window.

const large = find(".large");

function enlarge(index) {
  const one = current().regions[index];
  if (!one?.figure) return;
  setAttribute(large.querySelector("img"), "src", one.figure);
  setAttribute(large.querySelector("img"), "alt", t("{what} on {page}", { what: nameOf(one.label), page: current().title }));
  large.showModal();
}

find(".enlarge").addEventListener("click", () => enlarge(pinned));
find(".large .close").addEventListener("click", () => large.close());
large.addEventListener("click", ({ target }) => target === large && large.close()); // beside the picture
