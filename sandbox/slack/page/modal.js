// Modals: the top view of a person's stack, its inputs, and what the app says is wrong with them.

import { viewContext } from "./actions.js";
import { coalesced, get, post } from "./api.js";
import { blockNodes } from "./blocks.js";
import { fill, h, icon } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { attempt, notify } from "./notices.js";
import { store } from "./store.js";
import { isEmpty, readValues, refilled } from "./values.js";

const MISSING = "Please complete this required field.";

/** Keeps the modal on screen in step with the workspace; refresh() after each change. */
export function makeModal() {
  const dialog = h("dialog", { class: "modal", "data-testid": "modal" });
  document.body.append(dialog);
  let view = null;
  let errors = {};
  let busy = false;
  let depth = 1;

  const load = coalesced(async () => {
    const user = store.me;
    const answer = await attempt(() => get("modal", { user }));
    if (user === store.me && answer) show(answer.stack);
  });

  function show(stack) {
    const next = stack.at(-1) ?? null;
    depth = stack.length;
    if (next?.id !== view?.id) {
      errors = {};
      fill(dialog);
    }
    view = next;
    if (!view) {
      if (dialog.open) dialog.close();
      return;
    }
    draw();
    if (!dialog.open) {
      dialog.showModal();
      (dialog.querySelector("[data-focus]") ?? dialog.querySelector(".modal-body :is(input, textarea, select)"))?.focus();
    }
  }

  function draw() {
    dialog.dataset.viewId = view.id;
    dialog.setAttribute("aria-label", view.title?.text ?? "Form");
    fill(dialog, form(view, { depth, errors, submit, dismiss }));
  }

  async function submit(sent) {
    sent.preventDefault();
    if (busy) return;
    const values = readValues(dialog);
    complain(missing(view.blocks, values));
    if (Object.keys(errors).length) return;
    busy = true;
    const answer = await attempt(() => post("submit", { user: store.me, view_id: view.id, values }));
    busy = false;
    if (answer?.error) notify(`The app did not take that: ${answer.error}`, "wrong");
    if (view) complain(answer?.errors ?? {});
    await load();
  }

  function complain(about) {
    errors = about;
    draw();
    dialog.querySelector(".b-input-wrong :is(input, textarea, select)")?.focus();
  }

  async function dismiss() {
    await attempt(() => post("close_view", { user: store.me, view_id: view.id }));
    await load();
  }

  // Escape closes the dialog by itself; while a view stands, that means the person closed it.
  dialog.onclose = () => {
    if (view && !dialog.open) dismiss();
  };
  return { refresh: load };
}

function form(view, { depth, errors, submit, dismiss }) {
  const blocks = view.blocks.map((block) => refilled(block, view.state?.values));
  return h("form", { class: "modal-form", novalidate: true, onsubmit: submit, "data-key": view.id },
    h("header", { class: "modal-head" }, h("h2", {}, textObject(view.title)),
      depth > 1 && h("span", { class: "faint" }, `Step ${depth}`),
      h("button", { type: "button", class: "button button-icon", "aria-label": "Close", onclick: dismiss }, icon("cross"))),
    h("div", { class: "modal-body" }, blockNodes(blocks, viewContext(view, "modal", errors))),
    h("footer", { class: "dialog-foot" },
      h("button", { type: "button", class: "button", "data-testid": "modal-close", onclick: dismiss },
        textObject(view.close ?? "Close")),
      view.submit && h("button", { type: "submit", class: "button button-primary", "data-testid": "modal-submit" },
        textObject(view.submit))));
}

function missing(blocks, values) {
  const wrong = blocks.filter((block) => block.type === "input" && !block.optional)
    .filter((block) => isEmpty(values[block.block_id]?.[block.element.action_id]));
  return Object.fromEntries(wrong.map((block) => [block.block_id, MISSING]));
}
