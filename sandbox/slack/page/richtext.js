// Renders rich_text blocks: sections, lists, quotes and preformatted text made of styled elements.

import { h } from "./dom.js";
import { broadcast, channel, date, emoji, link, person } from "./inline.js";

/** Nodes for the elements of a rich_text block. */
export function richText(block) {
  return (block?.elements ?? []).map(part);
}

function part(element) {
  switch (element.type) {
    case "rich_text_section": return h("p", { class: "rich" }, element.elements.map(piece));
    case "rich_text_list": return list(element);
    case "rich_text_quote": return h("blockquote", {}, element.elements.map(piece));
    case "rich_text_preformatted": return h("pre", {}, element.elements.map(piece));
    default: return unknown(element.type);
  }
}

function list(element) {
  const indent = Math.min(8, element.indent ?? 0);
  const props = { class: `rich-list indent-${indent}` };
  if (element.style === "ordered" && element.offset) props.start = element.offset + 1;
  const entries = element.elements.map((entry) => h("li", {}, (entry.elements ?? []).map(piece)));
  return h(element.style === "ordered" ? "ol" : "ul", props, entries);
}

const PIECES = {
  text: (element) => element.text,
  link: (element) => link(element.url, element.text),
  user: (element) => person(element.user_id),
  usergroup: (element) => h("span", { class: "mention" }, `@${element.usergroup_id}`),
  team: (element) => h("span", { class: "mention" }, element.team_id),
  channel: (element) => channel(element.channel_id),
  emoji: (element) => emoji(element.name, element.unicode),
  broadcast: (element) => broadcast(element.range),
  date: (element) => date(element.timestamp, element.format ?? "{date_num}", element.fallback),
  color: (element) => h("code", {}, element.value),
  tag: (element) => h("span", { class: "pill" }, element.text?.text ?? element.text ?? element.label ?? ""),
  citation: (element) => link(element.url ?? "", element.text ?? element.title),
};

const STYLES = [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]];

function piece(element) {
  if (!Object.hasOwn(PIECES, element.type)) return unknown(element.type);
  let node = PIECES[element.type](element);
  for (const [style, tag] of STYLES) if (element.style?.[style]) node = h(tag, {}, node);
  return node;
}

/** Say what could not be drawn instead of dropping it in silence. */
export function unknown(type) {
  return h("div", { class: "cannot", "data-testid": "cannot-render" }, `cannot render block ${type ?? "without a type"}`);
}
