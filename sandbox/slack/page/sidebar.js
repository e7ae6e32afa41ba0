// The left column: the workspace, who acts, channels, direct messages and the app's Home.

import { runShortcut } from "./actions.js";
import { fill, h, icon } from "./dom.js";
import { actAs, channelName, moveTo, myDirect, personName, store, visibleChannels } from "./store.js";
import { nextTheme, themeWords } from "./theme.js";

/** Draw the sidebar. `inspect` opens the inspector. */
export function drawSidebar({ inspect }) {
  fill(document.getElementById("sidebar"),
    h("div", { class: "team" }, h("strong", {}, store.team.name), h("span", { class: "faint" }, "Practice workspace")),
    personSwitch(),
    h("div", { class: "places" }, channels(), app()),
    tools(inspect));
}

function personSwitch() {
  const words = (person) => {
    if (person.is_stranger || (person.team && person.team !== store.team.id)) return `${person.real_name} (other workspace)`;
    return person.is_restricted ? `${person.real_name} (guest)` : person.real_name || person.name;
  };
  return h("label", { class: "person-switch" }, h("span", { class: "places-title" }, "Act as"),
    h("span", { class: "select" },
      h("select", { "data-testid": "person-switch", onchange: (change) => actAs(change.currentTarget.value) },
        store.people.map((person) => h("option", { value: person.id, selected: person.id === store.me }, words(person)))),
      icon("down")));
}

function channels() {
  return h("section", {}, h("h2", { class: "places-title" }, "Channels"),
    h("ul", {}, visibleChannels().map((channel) => h("li", { "data-key": channel.id },
      placeButton(channel, channelSign(channel), channel.name, marks(channel))))));
}

function channelSign(channel) {
  return channel.is_private ? icon("lock") : h("span", { class: "hash", "aria-hidden": "true" }, "#");
}

function marks(channel) {
  return [
    channel.is_archived && "archived", channel.is_ext_shared && "shared", !channel.bot_is_member && "no bot",
  ].filter(Boolean).map((word) => h("span", { class: "mark" }, word));
}

function placeButton(channel, sign, name, extra = []) {
  const here = store.place.kind === "channel" && store.place.id === channel.id;
  const unread = store.unread.has(channel.id);
  return h("button", {
    type: "button", class: ["place", here && "place-here", unread && "place-unread"], "data-testid": `channel-${channel.id}`,
    "aria-current": here ? "page" : false, onclick: () => moveTo({ kind: "channel", id: channel.id }),
  }, sign, h("span", { class: "place-name" }, name), extra,
  unread && h("span", { class: "dot", role: "img", "aria-label": "new messages" }));
}

function app() {
  const direct = myDirect();
  const here = store.place.kind === "home";
  const face = h("span", { class: "avatar avatar-app avatar-small", "aria-hidden": "true" });
  return h("section", {}, h("h2", { class: "places-title" }, "Apps"), h("ul", {},
    direct && h("li", {}, placeButton(direct, face, channelName(direct.id))),
    h("li", {}, h("button", {
      type: "button", class: ["place", here && "place-here"], "data-testid": "home-tab", "aria-current": here ? "page" : false,
      onclick: () => moveTo({ kind: "home", id: null }),
    }, icon("home"), h("span", { class: "place-name" }, `${personName(store.bot.id)} Home`)))));
}

function tools(inspect) {
  const globals = store.shortcuts.filter((one) => one.type === "global");
  const run = (one) => (press) => {
    press.currentTarget.closest("details").open = false;
    return runShortcut(one);
  };
  return h("div", { class: "tools" },
    h("details", { class: "menu menu-up", "data-testid": "global-menu" },
      h("summary", { class: "tool" }, icon("bolt"), "Shortcuts"),
      h("div", { class: "menu-list", role: "menu" }, globals.map((one) => h("button", {
        type: "button", role: "menuitem", "data-testid": "global-shortcut", "data-callback-id": one.callback_id,
        onclick: run(one),
      }, one.name)))),
    tool("inspector-toggle", inspect, "pulse", "Inspector"),
    tool("theme-toggle", nextTheme, "sun", themeWords()));
}

function tool(hook, press, sign, words) {
  return h("button", { type: "button", class: "tool", "data-testid": hook, onclick: press }, icon(sign), words);
}
