onValue(() => {
  const value = current();
  setAttribute(find(".badge"), "class", `badge state-${value.state}`);
  find(".note").classList.toggle("idle", !value.state);
  setText(find(".word"), value.word);
  setText(find(".figures"), value.figures);
  setText(find(".text"), value.text);
});
