// Reads Slack's mrkdwn into DOM nodes: *bold* _italic_ ~strike~ `code`, fences, quotes, and <...> tokens.

import { h } from "./dom.js";
import { broadcast, channel, date, emoji, link, person } from "./inline.js";

/** Nodes for a mrkdwn string. Slack escapes only & < and >, so those three are all that is undone. */
export function mrkdwn(text) {
  const nodes = [];
  for (const [index, part] of text.split("```").entries()) {
    const fenced = index % 2 === 1;
    if (fenced) nodes.push(h("pre", {}, plainTokens(part.replace(/^\n|\n$/g, ""))));
    else if (part) nodes.push(...paragraphs(index ? part.replace(/^\n/, "") : part));
  }
  return nodes;
}

export const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Inside code no styling applies, but links still show their label. */
function plainTokens(text) {
  return unescape(text.replace(/<([^<>|\n]+)(?:\|([^<>\n]*))?>/g, (_, target, label) => label || target));
}

function paragraphs(text) {
  const nodes = [];
  let quoted = [];
  const closeQuote = () => {
    if (quoted.length) nodes.push(h("blockquote", {}, lines(quoted)));
    quoted = [];
  };
  let plain = [];
  const closePlain = () => {
    if (plain.length) nodes.push(...lines(plain));
    plain = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quote) {
      closePlain();
      quoted.push(quote[1]);
    } else {
      closeQuote();
      plain.push(line);
    }
  }
  closePlain();
  closeQuote();
  return nodes;
}

function lines(rows) {
  return rows.flatMap((row, index) => (index ? [h("br"), ...inline(row)] : inline(row)));
}

// Each style opens after a non-word character and closes before one, as Slack has it: snake_case stays whole.
const PIECE = new RegExp([
  "`(?<code>[^`]+)`",
  "<(?<token>[^<>\\n]+)>",
  "(?<![\\w*])\\*(?<bold>[^\\s*](?:[^*]*[^\\s*])?)\\*(?![\\w*])",
  "(?<![\\w_])_(?<italic>[^\\s_](?:[^_]*[^\\s_])?)_(?![\\w_])",
  "(?<![\\w~])~(?<strike>[^\\s~](?:[^~]*[^\\s~])?)~(?![\\w~])",
  "(?<![\\w:]):(?<emoji>[a-z0-9_+-]{1,40}):(?![\\w:])",
].join("|"), "g");

const STYLED = { bold: "strong", italic: "em", strike: "s" };

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(PIECE)) {
    if (match.index > end) nodes.push(unescape(text.slice(end, match.index)));
    nodes.push(piece(match.groups));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(unescape(text.slice(end)));
  return nodes;
}

function piece(found) {
  if (found.code !== undefined) return h("code", {}, plainTokens(found.code));
  if (found.token !== undefined) return token(found.token);
  if (found.emoji !== undefined) return emoji(found.emoji);
  const [style] = Object.keys(STYLED).filter((name) => found[name] !== undefined);
  return h(STYLED[style], {}, inline(found[style]));
}

function token(body) {
  const bar = body.indexOf("|");
  const target = unescape(bar < 0 ? body : body.slice(0, bar));
  const label = bar < 0 ? "" : unescape(body.slice(bar + 1));
  if (/^@[UW]/.test(target)) return person(target.slice(1), label);
  if (/^#C/.test(target)) return channel(target.slice(1), label);
  if (target.startsWith("!date^")) {
    const [, unix, format = "{date_num}"] = target.split("^");
    return date(unix, format, label);
  }
  if (target.startsWith("!subteam^")) return h("span", { class: "mention" }, label || target.slice(9));
  if (target.startsWith("!")) return broadcast(target.slice(1));
  return link(target, label);
}

/** Nodes for a Slack text object (mrkdwn or plain_text), or for a bare string taken as plain. */
export function textObject(text) {
  if (!text) return [];
  if (typeof text === "string") return plain(text);
  return text.type === "mrkdwn" ? mrkdwn(text.text ?? "") : plain(text.text ?? "", text.emoji !== false);
}

function plain(text, withEmoji = true) {
  if (!withEmoji) return [text];
  return text.split(/(:[a-z0-9_+-]{1,40}:)/).filter(Boolean)
    .map((part) => (/^:[a-z0-9_+-]+:$/.test(part) ? emoji(part.slice(1, -1)) : part));
}
