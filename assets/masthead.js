onValue(() => {
  const { engine, about } = props.value;
  find("details").hidden = !about;
  find(".plain").hidden = Boolean(about);
  setText(find("summary"), engine);
  setText(find("details p"), about);
  setText(find(".plain"), engine);
});
