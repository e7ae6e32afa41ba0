// The thread panel: one message with its replies, beside the channel or over it on a phone.

import { makeComposer } from "./composer.js";
import { h, icon } from "./dom.js";
import { makeFeed } from "./feed.js";
import { store, tell } from "./store.js";

/** The thread panel; open(ts), close(), refresh(), isOpen(). */
export function makeThread() {
  const root = document.getElementById("thread");
  const where = () => (store.thread ? { channel: store.place.id, thread_ts: store.thread } : null);
  const feed = makeFeed(where, { empty: "This message is gone." });
  const composer = makeComposer(where, { inThread: true, placeholder: () => "Reply, or @Gumshoe scan a target" });
  const close = () => {
    store.thread = null;
    root.hidden = true;
    tell("panels");
  };
  const open = (ts) => {
    store.thread = ts;
    root.hidden = false;
    composer.redraw();
    // On a phone, focus would raise the keyboard over what somebody came to read.
    if (window.matchMedia("(min-width: 700px)").matches) composer.focus();
    tell("panels");
    return feed.restart();
  };
  root.dataset.testid = "thread-panel";
  root.onkeydown = (key) => {
    if (key.key === "Escape") close();
  };
  root.append(
    h("header", { class: "side-head" }, h("h2", {}, "Thread"), h("button", {
      type: "button", class: "button button-icon", "aria-label": "Close thread", "data-testid": "close-thread", onclick: close,
    }, icon("cross"))),
    feed.node, composer.node);
  const refresh = () => store.thread && feed.refresh();
  const restart = () => store.thread && feed.restart();
  return { open, close, refresh, restart, isOpen: () => !root.hidden };
}
