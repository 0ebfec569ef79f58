// Runs in the measured tab before anything else: notes when what appears, in milliseconds of the page's own clock.
({image, text, read}) => {
  const seen = (window.benchSeen = { longest: 0 });
  const now = () => performance.now();
  const begin = ({ target }) => {
    Object.assign(seen, { began: now(), image: null });
    if (target.closest?.(read)) seen.text = null; // looked for from then on
  };
  for (const kind of ["click", "change"]) addEventListener(kind, begin, true);
  document.addEventListener("load", ({ target }) => { if (target.matches?.(image)) seen.image ??= now(); }, true);
  const look = () => {
    if (!seen.usable && document.querySelector(read)?.checkVisibility()) seen.usable = now();
    const isRead = (node) => node.textContent.includes("wear of lamp") && node.checkVisibility();
    if (seen.text === null && [...document.querySelectorAll(text)].some(isRead)) seen.text = now();
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
  }).observe({ type: "longtask" });
}
