// Light, dark, or as the system says; the choice is kept in this browser.

import { keep, recall, tell } from "./store.js";

const ORDER = ["system", "light", "dark"];
const WORDS = { system: "Colours: system", light: "Colours: light", dark: "Colours: dark" };
let theme = ORDER.includes(recall("sandbox-theme")) ? recall("sandbox-theme") : "system";

function apply() {
  document.documentElement.dataset.theme = theme;
}

export const themeWords = () => WORDS[theme];

/** Go to the next of system, light and dark. */
export function nextTheme() {
  theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
  keep("sandbox-theme", theme);
  apply();
  tell("theme");
}

apply();
