// Reads the standard Markdown that a `markdown` block carries: headings, lists, quotes, fences, tables, inline styles.

import { h } from "./dom.js";
import { emoji, link } from "./inline.js";

/** Nodes for a Markdown string. */
export function markdown(text) {
  const rows = text.replaceAll("\r", "").split("\n");
  const nodes = [];
  let at = 0;
  while (at < rows.length) {
    const [node, next] = take(rows, at);
    if (node) nodes.push(node);
    at = next;
  }
  return nodes;
}

const ENTRY = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

function take(rows, at) {
  const row = rows[at];
  if (!row.trim()) return [null, at + 1];
  if (/^\s*(```|~~~)/.test(row)) return fence(rows, at);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(row);
  if (heading) return [h("h4", { class: `md-h md-h${heading[1].length}` }, inline(heading[2])), at + 1];
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(row)) return [h("hr"), at + 1];
  if (row.includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(rows[at + 1] ?? "")) return table(rows, at);
  if (/^\s*>/.test(row)) return quote(rows, at);
  if (ENTRY.test(row)) return list(rows, at);
  return paragraph(rows, at);
}

function fence(rows, at) {
  const mark = rows[at].trim().slice(0, 3);
  let end = at + 1;
  while (end < rows.length && !rows[end].trim().startsWith(mark)) end += 1;
  return [h("pre", {}, rows.slice(at + 1, end).join("\n")), end + 1];
}

function run(rows, at, belongs) {
  let end = at;
  while (end < rows.length && belongs(rows[end])) end += 1;
  return end;
}

function quote(rows, at) {
  const end = run(rows, at, (row) => /^\s*>/.test(row));
  return [h("blockquote", {}, markdown(rows.slice(at, end).map((row) => row.replace(/^\s*> ?/, "")).join("\n"))), end];
}

function list(rows, at) {
  const end = run(rows, at, (row) => ENTRY.test(row));
  const ordered = /\d/.test(ENTRY.exec(rows[at])[2]);
  const entries = rows.slice(at, end).map((row) => {
    const [, indent, , text] = ENTRY.exec(row);
    return h("li", { class: `indent-${Math.min(8, Math.floor(indent.length / 2))}` }, inline(text));
  });
  return [h(ordered ? "ol" : "ul", {}, entries), end];
}

function paragraph(rows, at) {
  const end = Math.max(at + 1, run(rows, at, (row) => row.trim() && !ENTRY.test(row) && !/^\s*(#|>|```)/.test(row)));
  const pieces = rows.slice(at, end).flatMap((row, index) => (index ? [h("br"), ...inline(row)] : inline(row)));
  return [h("p", {}, pieces), end];
}

const cells = (row) => row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

function table(rows, at) {
  const end = run(rows, at + 2, (row) => row.includes("|"));
  const head = h("tr", {}, cells(rows[at]).map((cell) => h("th", { scope: "col" }, inline(cell))));
  const body = rows.slice(at + 2, end).map((row) => h("tr", {}, cells(row).map((cell) => h("td", {}, inline(cell)))));
  const box = h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", { class: "grid" }, h("thead", {}, head), h("tbody", {}, body)));
  return [box, end];
}

const PIECE = new RegExp([
  "`(?<code>[^`]+)`",
  "!?\\[(?<label>[^\\]\\n]{0,300})\\]\\((?<url>[^()\\s]{1,3000})\\)",
  "\\*\\*(?<bold>[^\\s*][^*]*)\\*\\*",
  "__(?<bold2>[^\\s_][^_]*)__",
  "~~(?<strike>[^\\s~][^~]*)~~",
  "(?<![\\w*])\\*(?<italic>[^\\s*][^*]*)\\*(?![\\w*])",
  "(?<![\\w_])_(?<italic2>[^\\s_][^_]*)_(?![\\w_])",
  "(?<![\\w:]):(?<emoji>[a-z0-9_+-]{1,40}):(?![\\w:])",
].join("|"), "g");

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(PIECE)) {
    if (match.index > end) nodes.push(text.slice(end, match.index));
    nodes.push(piece(match.groups));
    end = match.index + match[0].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

function piece(found) {
  if (found.code !== undefined) return h("code", {}, found.code);
  if (found.url !== undefined) return link(found.url, found.label);
  if (found.emoji !== undefined) return emoji(found.emoji);
  if (found.strike !== undefined) return h("s", {}, inline(found.strike));
  const bold = found.bold ?? found.bold2;
  return bold === undefined ? h("em", {}, inline(found.italic ?? found.italic2)) : h("strong", {}, inline(bold));
}
