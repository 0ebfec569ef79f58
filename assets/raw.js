onValue(() => setText(find(".raw"), props.value.text));
