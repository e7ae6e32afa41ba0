// The middle column: a channel's head, its messages and the composer, or the app's Home tab.

import { makeComposer } from "./composer.js";
import { fill, h, icon } from "./dom.js";
import { makeFeed } from "./feed.js";
import { drawHome } from "./home.js";
import { channelById, channelName, isDirect, personName, store } from "./store.js";

/** The middle column. `openThread(ts)` and `showSidebar()` are the ways out of it. */
export function makeCentre({ openThread, showSidebar }) {
  const root = document.getElementById("centre");
  const where = () => (store.place.kind === "channel" && store.place.id ? { channel: store.place.id } : null);
  const feed = makeFeed(where, { openThread, empty: "Nothing here yet. Type /scan example.com to begin." });
  const composer = makeComposer(where, { placeholder: () => `Message ${place()}, or /scan a target` });
  const head = h("header", { class: "centre-head" });
  const home = h("div", { class: "home", tabindex: "0", "data-testid": "home", "aria-label": "App Home" });
  root.append(head, feed.node, composer.node, home);

  const draw = () => {
    const atHome = store.place.kind === "home";
    fill(head, headPieces(showSidebar));
    feed.node.hidden = atHome;
    composer.node.hidden = atHome;
    home.hidden = !atHome;
    composer.redraw();
    return atHome ? drawHome(home, { arriving: true }) : feed.restart();
  };
  const refreshHome = () => store.place.kind === "home" && drawHome(home, { arriving: false });
  return { draw, refresh: feed.refresh, refreshHome, focus: composer.focus };
}

function place() {
  const channel = channelById(store.place.id);
  return isDirect(channel) ? channelName(channel.id) : `#${channelName(store.place.id)}`;
}

function headPieces(showSidebar) {
  const menu = h("button", {
    type: "button", class: "button button-icon only-narrow", "aria-label": "Show channels", "data-testid": "show-sidebar",
    onclick: showSidebar,
  }, icon("menu"));
  if (store.place.kind === "home") return [menu, h("h1", {}, `${personName(store.bot.id)} Home`)];
  return [menu, h("h1", {}, place()), h("span", { class: "faint head-note" }, note(channelById(store.place.id)))];
}

function note(channel) {
  if (!channel) return "";
  if (channel.is_archived) return "Archived: nobody can post here";
  if (isDirect(channel)) return "Direct messages with the app";
  if (!channel.bot_is_member) return "The app is not in this channel";
  return channel.is_ext_shared ? "Shared with another workspace" : "";
}
