// Holds the models that are offered, and shows nothing: the list beside Read takes them from here. They are a value of their
// own because they seldom change and are long, while what is beside them changes at each press and is then sent whole.
import { component } from "../base/component.js";

component("models").onValue(() => document.dispatchEvent(new Event("pl:models")));
