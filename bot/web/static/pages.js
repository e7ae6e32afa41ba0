"use strict";
// What the pages do besides htmx: copy a target, and say when what is shown is no longer live. Without this file
// everything still works; it is only not live.

const line = document.getElementById("line");
const troubles = new Map();

function say(about, sentence) {
  if (sentence) troubles.set(about, sentence);
  else troubles.delete(about);
  const said = [...troubles.values()].join(" ");
  if (line.textContent !== said) line.textContent = said;
  line.hidden = !said;
}

function copyButtons(root) {
  for (const button of root.querySelectorAll("button.copy[hidden]")) button.hidden = !navigator.clipboard;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.sourceElement?.id === "events" || event.detail.ctx.response.status < 500) return;
  say("server", "I cannot be asked right now. What you see is what was known before; I keep trying.");
});
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.sourceElement?.id === "events") return;
  say("server", "I do not answer. What you see is what was known before; I keep trying.");
});
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.response.status < 400) say("server", "");
});
// Where the line of events does not come through, pages look again by themselves.
const LOOK_AGAIN = 3000;
let connected = false;
document.addEventListener("htmx:sse:after:connection", () => { connected = true; });
document.addEventListener("htmx:sse:error", () => { connected = false; });
document.addEventListener("htmx:sse:close", () => { connected = false; });
setInterval(() => {
  const events = document.getElementById("events");
  if (events && !connected && !document.hidden) events.dispatchEvent(new CustomEvent("scan", { bubbles: true }));
}, LOOK_AGAIN);

document.addEventListener("htmx:after:swap", () => copyButtons(document));
copyButtons(document);
