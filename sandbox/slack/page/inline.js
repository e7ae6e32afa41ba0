// Pieces of running text that every text format shares: links, mentions, dates, emoji.

import { h } from "./dom.js";
import { glyph } from "./emoji.js";
import { channelName, personName, store, tell } from "./store.js";

const OPENABLE = /^(https?:\/\/|mailto:|tel:)/i;

/** A link when the address is one a browser may open, else its text with the address beside it. */
export function link(url, label) {
  const text = label || url;
  if (url.startsWith(`${location.origin}/archives/`)) return permalink(url, text);
  if (!OPENABLE.test(url)) return h("span", { class: "link-refused" }, label ? `${label} (${url})` : url);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", title: url }, text);
}

/** A link to a message of this workspace: opens here, without a new tab. */
function permalink(url, text) {
  const open = (press) => {
    press.preventDefault();
    tell("permalink", url);
  };
  return h("a", { href: url, onclick: open }, text);
}

export function person(id, label) {
  const mine = id === store.me;
  return h("span", { class: ["mention", mine && "mention-me"] }, `@${label || personName(id)}`);
}

export function channel(id, label) {
  return h("span", { class: "mention" }, `#${label || channelName(id)}`);
}

/** A mention that rings everybody: loud on purpose, so that one which slipped through is seen. */
export function broadcast(range) {
  return h("span", { class: "mention mention-loud", "data-testid": "broadcast" }, `@${range}`);
}

export function emoji(name, unicode) {
  const own = unicode ? String.fromCodePoint(...unicode.split("-").map((part) => parseInt(part, 16))) : null;
  const shown = own ?? glyph(name);
  return shown ? h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, shown) : `:${name}:`;
}

const DAY = { day: "numeric", month: "long", year: "numeric" };
const FORMATS = {
  date_num: (at) => at.toLocaleDateString("sv-SE"),
  date: (at) => at.toLocaleDateString("en-GB", DAY),
  date_short: (at) => at.toLocaleDateString("en-GB", { ...DAY, month: "short" }),
  date_long: (at) => at.toLocaleDateString("en-GB", { ...DAY, weekday: "long" }),
  date_pretty: (at) => near(at) ?? FORMATS.date(at),
  date_short_pretty: (at) => near(at) ?? FORMATS.date_short(at),
  date_long_pretty: (at) => near(at) ?? FORMATS.date_long(at),
  day_divider_pretty: (at) => near(at) ?? FORMATS.date_long(at),
  time: (at) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }),
  time_secs: (at) => at.toLocaleTimeString("en-GB"),
  ago: (at) => ago(at),
};

function near(at) {
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(at) - midnight(Date.now())) / 86_400_000);
  return { 0: "today", "-1": "yesterday", 1: "tomorrow" }[days] ?? null;
}

function ago(at) {
  const seconds = Math.round((at.getTime() - Date.now()) / 1000);
  const [unit, size] = [["day", 86_400], ["hour", 3600], ["minute", 60]].find(([, length]) => Math.abs(seconds) >= length)
    ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

/** A moment in the reader's own zone, by Slack's date tokens; the fallback when the number makes no sense. */
export function date(unix, format, fallback) {
  const at = new Date(Number(unix) * 1000);
  if (Number.isNaN(at.getTime())) return fallback || String(unix);
  const text = format.replace(/\{(\w+)\}/g, (token, name) => (Object.hasOwn(FORMATS, name) ? FORMATS[name](at) : token));
  return h("time", { datetime: at.toISOString(), title: at.toISOString() }, text);
}

export const clock = (ts) => FORMATS.time(new Date(Number(ts) * 1000));
export const dayName = (ts) => {
  const name = FORMATS.day_divider_pretty(new Date(Number(ts) * 1000));
  return name[0].toUpperCase() + name.slice(1);
};
export const moment = (ts) => new Date(Number(ts) * 1000).toLocaleString("en-GB");
