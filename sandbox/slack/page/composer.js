// The box to type in: sends messages and slash commands, and explains what a thread cannot take.

import { post } from "./api.js";
import { h, icon } from "./dom.js";
import { attempt } from "./notices.js";
import { makeOffers } from "./offers.js";
import { store } from "./store.js";
import { messageText } from "./wording.js";

const NOT_IN_THREADS = "Slash commands do not work in threads. Mention @Gumshoe instead: @Gumshoe scan example.com";
const TALLEST_PX = 160;

/**
 * A composer for what `where()` names. In a thread (`inThread`) slash commands are explained, not sent.
 * Returns {node, focus, redraw}.
 */
export function makeComposer(where, { inThread = false, placeholder }) {
  const { form, field, status, offers } = parts(inThread);
  const report = (sentence, wrong = false) => {
    status.textContent = sentence;
    status.classList.toggle("wrong", wrong);
  };
  const submit = async () => {
    const typed = field.value.trim();
    if (!typed) return;
    if (typed.startsWith("/") && inThread) {
      report(NOT_IN_THREADS, true);
      return;
    }
    setText(field, "");
    offers.close();
    report("");
    const { sentence, wrong } = await send(typed, where());
    report(sentence, wrong);
  };
  form.onsubmit = (sent) => {
    sent.preventDefault();
    return submit();
  };
  field.oninput = () => {
    report("");
    setText(field, field.value);
    offers.show();
  };
  field.onblur = (blur) => {
    if (!form.contains(blur.relatedTarget)) offers.close();
  };
  field.onkeydown = (key) => {
    const used = offers.press(key.key);
    const enter = key.key === "Enter" && !key.shiftKey && !key.isComposing;
    if (!used && !enter) return;
    key.preventDefault();
    key.stopPropagation();
    if (!used) submit();
  };
  const redraw = () => {
    field.placeholder = placeholder();
    field.setAttribute("aria-label", placeholder());
    report("");
  };
  return { node: form, focus: () => field.focus(), redraw };
}

function parts(inThread) {
  const prefix = inThread ? "thread-" : "";
  const field = h("textarea", {
    id: inThread ? "composer-thread" : "composer-main", rows: 1, class: "composer-field", "data-testid": `${prefix}composer`,
    autocomplete: "off", spellcheck: "false", "aria-controls": `${prefix}offers`, "aria-autocomplete": "list",
  });
  const take = (whole) => {
    setText(field, whole);
    field.focus();
    if (whole.endsWith(" ")) offers.show();
  };
  const offers = makeOffers(field, { id: `${prefix}offers`, inThread, take });
  const button = h("button", {
    type: "submit", class: "button button-primary send", "data-testid": `${prefix}send`, "aria-label": "Send",
  }, icon("send"));
  const status = h("p", { class: "composer-status", role: "status", "data-testid": `${prefix}composer-status` });
  const form = h("form", { class: "composer" }, offers.node, h("div", { class: "composer-row" }, field, button), status);
  return { form, field, status, offers };
}

function setText(field, text) {
  if (field.value !== text) field.value = text;
  field.style.height = "auto";
  field.style.height = `${Math.min(TALLEST_PX, field.scrollHeight)}px`;
}

async function send(typed, place) {
  const answer = await attempt(() => (typed.startsWith("/") ? command(typed, place) : message(typed, place)));
  if (answer?.error) return { sentence: `Not done: ${answer.error}`, wrong: true };
  if (answer?.ack_ms === undefined) return { sentence: "", wrong: false };
  return { sentence: `Acknowledged in ${Math.round(answer.ack_ms)} ms`, wrong: false };
}

function command(typed, place) {
  const [name] = typed.split(/\s/, 1);
  return post("command", { user: store.me, channel: place.channel, command: name, text: typed.slice(name.length).trim() });
}

function message(typed, place) {
  return post("message", { user: store.me, ...place, text: messageText(typed) });
}
