onValue(() => {
  const { engine, about } = current();
  const [shown, other] = about ? [find("details"), find(".plain")] : [find(".plain"), find("details")];
  shown.hidden = false;
  other.remove();
  setText(about ? find("summary") : shown, engine);
  if (about) setText(find("details p"), about);
});
