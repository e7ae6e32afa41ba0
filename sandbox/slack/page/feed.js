// Keeps a list of messages on screen: fetched anew on each change, patched in place, following the end.

import { coalesced, get } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { dayName } from "./inline.js";
import { author, isEphemeral, isMine, messageNode } from "./message.js";
import { attempt, say } from "./notices.js";
import { store } from "./store.js";

const NEAR_END_PX = 80;

/**
 * A feed for what `where()` names ({channel, thread_ts?} or null). `openThread` is given only in the channel.
 * Returns {node, refresh, restart}: restart forgets what was seen and goes to the end.
 */
export function makeFeed(where, { openThread, empty }) {
  const list = h("div", { class: "feed-list", role: "log", "aria-live": "off" });
  const box = h("div", { class: "feed", tabindex: "0", "data-testid": "feed", "aria-label": "Messages" }, list);
  const end = followEnd(box, list);
  const node = h("div", { class: "feed-frame" }, box, end.pill);
  const known = new Map();
  let seen = null;
  let asked = 0;

  const refresh = coalesced(async () => {
    const place = where();
    if (!place?.channel) return;
    asked += 1;
    const mine = asked;
    const answer = await attempt(() => get("messages", { ...place, user: store.me }));
    if (answer && mine === asked) show(answer.messages, place);
  });

  function show(messages, place) {
    const fresh = seen ? messages.filter((one) => !seen.has(one.ts)) : [];
    const ours = seen === null || fresh.some((one) => isMine(one) || isEphemeral(one));
    const nothing = h("p", { class: "feed-empty", "data-key": "empty" }, empty);
    fill(list, messages.length ? rows(messages, (one) => drawn(one, place)) : nothing);
    end.grown(ours, fresh.length > 0);
    seen = new Set(messages.map((one) => one.ts));
    announce(fresh.filter((one) => !isMine(one)));
  }

  // A message that did not change keeps its node; only what changed is drawn and patched.
  function drawn(message, place) {
    const written = JSON.stringify(message);
    const standing = known.get(message.ts);
    if (standing?.written === written && standing.node.isConnected) return standing.node;
    const node = messageNode(message, place.channel, openThread);
    known.set(message.ts, { written, node: standing?.node.isConnected ? standing.node : node });
    return node;
  }

  const restart = () => {
    seen = null;
    asked += 1;
    known.clear();
    fill(list);
    return refresh();
  };
  return { node, refresh, restart };
}

/** Stays at the end while the reader is there; otherwise leaves the place alone and offers a way down. */
function followEnd(box, list) {
  const pill = h("button", { type: "button", class: "new-pill", hidden: true, onclick: () => toEnd() },
    icon("down"), "New messages");
  let following = true;
  const toEnd = () => {
    box.scrollTop = box.scrollHeight;
    pill.hidden = true;
    following = true;
  };
  box.onscroll = () => {
    following = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
    if (following) pill.hidden = true;
  };
  new ResizeObserver(() => following && toEnd()).observe(list);
  const grown = (must, fresh) => {
    if (must || following) toEnd();
    else if (fresh) pill.hidden = false;
  };
  return { pill, grown };
}

function rows(messages, draw) {
  let day = null;
  return messages.flatMap((message) => {
    const today = dayName(message.ts);
    const divider = today !== day && h("div", { class: "day", "data-key": `day-${today}` }, h("span", {}, today));
    day = today;
    return [divider, draw(message)];
  });
}

function announce(fresh) {
  if (!fresh.length) return;
  const last = fresh.at(-1);
  const more = fresh.length > 1 ? `${fresh.length} new messages. ` : "";
  say(`${more}${author(last)}: ${(last.text ?? "").slice(0, 200)}`);
}
