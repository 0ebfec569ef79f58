onValue(() => setText(find(".raw"), current().text));
