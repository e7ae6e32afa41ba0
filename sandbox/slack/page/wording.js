// Turns names in what somebody typed into the mentions an app would be sent.

import { store, visibleChannels } from "./store.js";

const NAMED = /(```[\s\S]*?```|`[^`\n]+`)|(?<![\w.@])@([\p{L}\w-]+)|(?<!\w)#([\w-]+)/gu;

/** Message text with @name and #channel turned into mentions; code stays as typed. */
export function messageText(typed) {
  return typed.replace(NAMED, (whole, code, who, room) => {
    if (code) return code;
    return (who ? mention(who) : roomMention(room)) ?? whole;
  });
}

function mention(name) {
  const wanted = name.toLowerCase();
  const known = [store.bot, ...store.people].find((one) => one.name.toLowerCase() === wanted);
  return known ? `<@${known.id}>` : null;
}

function roomMention(name) {
  const known = visibleChannels().find((one) => one.name === name);
  return known ? `<#${known.id}|${known.name}>` : null;
}
