// Starts the page: reads the workspace, draws it, and follows its changes.

import { coalesced, follow, get } from "./api.js";
import { makeCentre } from "./centre.js";
import { makeInspector } from "./inspector.js";
import { makeModal } from "./modal.js";
import { attempt, notify } from "./notices.js";
import { drawSidebar } from "./sidebar.js";
import { learn, moveTo, on, store } from "./store.js";
import { makeThread } from "./thread.js";

const app = document.getElementById("app");
const showSidebar = (shown) => app.classList.toggle("show-sidebar", shown);

const modal = makeModal();
const thread = makeThread();
const inspector = makeInspector();
const centre = makeCentre({ openThread: thread.open, showSidebar: () => showSidebar(true) });
const sidebar = () => drawSidebar({ inspect: () => { showSidebar(false); inspector.toggle(); } });

const readState = coalesced(async () => {
  const state = await attempt(() => get("state"));
  if (!state) return;
  learn(state);
  sidebar();
});

const shown = [centre.refresh, centre.refreshHome, thread.refresh, modal.refresh, inspector.refresh];
const refreshAll = () => Promise.all([readState(), ...shown.map((refresh) => refresh())]);

on("place", () => {
  showSidebar(false);
  thread.close();
  sidebar();
  centre.draw();
});
on("person", () => {
  sidebar();
  centre.draw();
  thread.restart();
  modal.refresh();
});
on("panels", () => {
  app.classList.toggle("with-thread", thread.isOpen());
  app.classList.toggle("with-inspector", inspector.isOpen());
});
on("theme", sidebar);

/** Each change of the workspace, by what it touches; kinds are the sandbox's own words. */
function onChange(change) {
  inspector.refresh();
  if (change.kind === "view") modal.refresh();
  else if (change.kind === "home") centre.refreshHome();
  else if (change.channel && change.ts) onMessage(change);
  else if (change.kind === "channel" || change.kind === "reset") refreshAll();
}

function onMessage(change) {
  const here = store.place.kind === "channel" && change.channel === store.place.id;
  if (here) {
    centre.refresh();
    thread.refresh();
  } else if (change.kind === "message" && !store.unread.has(change.channel)) {
    store.unread.add(change.channel);
    sidebar();
  }
}

/** Go where a message link points: /archives/CHANNEL/pSTAMP, with the thread's stamp when it is a reply. */
function openPermalink(address) {
  const url = new URL(address, location.href);
  const found = /^\/archives\/(\w+)(?:\/p(\d+)(\d{6}))?$/.exec(url.pathname);
  if (!found) return;
  moveTo({ kind: "channel", id: found[1] });
  if (found[2]) thread.open(url.searchParams.get("thread_ts") ?? `${found[2]}.${found[3]}`);
}
on("permalink", openPermalink);

let lost = false;
function onLine(down) {
  if (down && !lost) notify("The line to the sandbox is lost; trying again.", "wrong");
  if (!down && lost) refreshAll();
  lost = down;
  document.documentElement.classList.toggle("line-lost", down);
}

// A press outside an open menu closes it, as does Escape.
document.addEventListener("click", (press) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(press.target)) menu.open = false;
  if (app.classList.contains("show-sidebar") && press.target.closest("#centre")
    && !press.target.closest("[data-testid=show-sidebar]")) showSidebar(false);
});
document.addEventListener("keydown", (key) => {
  if (key.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  showSidebar(false);
});

await readState();
centre.draw();
openPermalink(location.href);
modal.refresh();
follow(onChange, onLine);
if (window.matchMedia("(min-width: 700px)").matches) centre.focus();
