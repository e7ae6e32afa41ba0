// Draws one message: who and when, its body, its files, its thread, and what can be done with it.

import { messageContext, runShortcut } from "./actions.js";
import { bodyNodes } from "./blocks.js";
import { h, icon } from "./dom.js";
import { fileNode } from "./files.js";
import { clock, moment } from "./inline.js";
import { personName, store } from "./store.js";

/** Who speaks: the bot's own name for itself wins, then the person's. */
export const author = (message) => message.username ?? personName(message.user ?? store.bot.id);
export const isMine = (message) => message.user === store.me;
export const isEphemeral = (message) => Boolean(message.is_ephemeral ?? message.ephemeral);
const isApp = (message) => Boolean(message.bot_id || message.app_id || !message.user || message.user === store.bot.id);

/** The node for a message; `openThread` is absent where the thread is already open. */
export function messageNode(message, channel, openThread) {
  const quiet = isEphemeral(message);
  return h("article", {
    class: ["message", quiet && "message-ephemeral", isApp(message) && "message-app"],
    "data-key": `m-${message.ts}`, "data-testid": "message", "data-ts": message.ts,
    "data-thread": message.thread_ts ?? "", "data-ephemeral": quiet ? "true" : "false",
    "aria-label": `${author(message)} at ${clock(message.ts)}`,
  },
  avatar(message),
  h("div", { class: "message-main" },
    quiet && h("p", { class: "message-only-you" }, icon("eye"), "Only visible to you"),
    head(message),
    h("div", { class: "message-body", dir: "auto" }, bodyNodes(message, messageContext(message, channel))),
    (message.files ?? []).map(fileNode),
    openThread && threadLink(message, openThread)),
  !quiet && toolbar(message, channel, openThread));
}

function avatar(message) {
  const app = isApp(message);
  const name = author(message);
  const hue = [...(message.user ?? "app")].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;
  return h("span", { class: ["avatar", app ? "avatar-app" : `avatar-${hue}`], "aria-hidden": "true" },
    app ? null : name.slice(0, 1).toUpperCase());
}

function head(message) {
  return h("div", { class: "message-head" },
    h("strong", {}, author(message)),
    isApp(message) && h("span", { class: "badge" }, "App"),
    h("time", { class: "faint", title: moment(message.ts) }, clock(message.ts)),
    message.edited && h("span", { class: "faint message-edited", title: moment(message.edited.ts) }, "edited"));
}

function threadLink(message, openThread) {
  if (!message.reply_count) return null;
  const count = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  const last = message.latest_reply ? `, last at ${clock(message.latest_reply)}` : "";
  return h("button", {
    type: "button", class: "thread-link", "data-testid": "open-thread", onclick: () => openThread(message.ts),
  }, icon("reply"), h("span", {}, count), h("span", { class: "faint" }, last));
}

function toolbar(message, channel, openThread) {
  const shortcuts = store.shortcuts.filter((one) => one.type === "message");
  const run = (one) => (press) => {
    press.currentTarget.closest("details").open = false;
    return runShortcut(one, channel, message.ts);
  };
  return h("div", { class: "toolbar" },
    openThread && h("button", {
      type: "button", class: "button button-icon", "aria-label": "Reply in thread", title: "Reply in thread",
      "data-testid": "reply", onclick: () => openThread(message.thread_ts ?? message.ts),
    }, icon("reply")),
    h("details", { class: "menu menu-left", "data-testid": "message-menu" },
      h("summary", { class: "button button-icon", "aria-label": "Message shortcuts", title: "Message shortcuts" }, icon("dots")),
      h("div", { class: "menu-list", role: "menu" },
        shortcuts.map((one) => h("button", {
          type: "button", role: "menuitem", "data-testid": "message-shortcut", "data-callback-id": one.callback_id,
          onclick: run(one),
        }, one.name)),
        !shortcuts.length && h("span", { class: "faint" }, "No message shortcuts"))));
}
