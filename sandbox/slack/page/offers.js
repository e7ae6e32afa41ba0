// Suggestions above a composer: slash commands and their verbs, and people after an @.

import { fill, h } from "./dom.js";
import { personName, store } from "./store.js";

/**
 * A list of suggestions for `field`. `take(whole)` puts a chosen one into the field.
 * Returns {node, show, close, press}; press(key) answers whether the key was used up.
 */
export function makeOffers(field, { id, inThread, take }) {
  const node = h("div", { class: "offers", role: "listbox", id, "aria-label": "Suggestions", hidden: true });
  let marked = -1;
  let found = [];

  const close = () => {
    found = [];
    marked = -1;
    draw();
  };
  const draw = () => {
    node.hidden = found.length === 0;
    if (marked < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `${id}-${marked}`);
    fill(node, found.map((offer, index) => h("button", {
      type: "button", role: "option", id: `${id}-${index}`, class: "offer", tabindex: "-1",
      "aria-selected": String(index === marked), "data-testid": "offer", onclick: () => choose(offer),
    }, h("strong", {}, offer.label), h("span", { class: "faint" }, offer.hint))));
  };
  const choose = (offer) => {
    close();
    take(offer.whole);
  };
  const show = () => {
    found = suggestions(field.value, inThread);
    marked = -1;
    draw();
  };
  const press = (key) => {
    if (!found.length) return false;
    if (key === "Escape") close();
    else if (key === "ArrowDown" || key === "ArrowUp") {
      marked = (marked + (key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      draw();
    } else if (key === "Tab" || (key === "Enter" && marked >= 0)) choose(found[Math.max(marked, 0)]);
    else return false;
    return true;
  };
  return { node, show, close, press };
}

function suggestions(typed, inThread) {
  if (typed.startsWith("/")) return inThread ? [] : commandOffers(typed);
  const at = /(^|\s)@([\p{L}\w.-]*)$/u.exec(typed);
  return at ? peopleOffers(typed.slice(0, typed.length - at[2].length), at[2].toLowerCase()) : [];
}

function peopleOffers(before, begun) {
  return [store.bot, ...store.people]
    .filter((one) => one.name.toLowerCase().startsWith(begun) && one.name.toLowerCase() !== begun)
    .map((one) => ({ label: `@${one.name}`, hint: personName(one.id), whole: `${before}${one.name} ` }));
}

const VERBS = [
  ["example.com", "Scan a domain"], ["help", "How to ask"], ["status", "What is running"], ["cancel", "Stop a scan"],
  ["collectors", "What can be asked"], ["history", "Earlier scans"],
];

function commandOffers(typed) {
  const space = typed.indexOf(" ");
  if (space < 0) {
    return store.commands.filter((one) => one.command.startsWith(typed))
      .map((one) => ({ label: one.command, hint: one.description ?? one.usage_hint ?? "", whole: `${one.command} ` }));
  }
  const command = typed.slice(0, space);
  const begun = typed.slice(space + 1);
  if (!store.commands.some((one) => one.command === command)) return [];
  return VERBS.filter(([verb]) => verb.startsWith(begun) && verb !== begun)
    .map(([verb, hint]) => ({ label: `${command} ${verb}`, hint, whole: `${command} ${verb}` }));
}
