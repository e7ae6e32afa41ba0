// Carries presses and choices on messages and views to the workspace, asking first where an element says so.

import { post } from "./api.js";
import { attempt, confirmed, notify } from "./notices.js";
import { store } from "./store.js";
import { readValues } from "./values.js";

const PRESSED = new Set(["button", "icon_button", "workflow_button", "feedback_buttons"]);

/** How blocks in a message behave: everything but a quiet input block tells the app at once. */
export function messageContext(message, channel) {
  const where = { channel, ts: message.ts };
  return {
    surface: "message",
    key: message.ts,
    dispatches: (block) => block.type !== "input" || Boolean(block.dispatch_action),
    act: (action, element, block) => act(where, action, element, block),
  };
}

/** How blocks in a modal or on the Home tab behave. */
export function viewContext(view, surface, errors = {}) {
  return {
    surface,
    key: view.id ?? surface,
    errors,
    dispatches: (block) => block.type !== "input" || Boolean(block.dispatch_action),
    // What is typed so far goes along: an app reads it in the view's state.
    act: (action, element, block) => act({ view_id: view.id, values: typedIn(view.id) }, action, element, block),
  };
}

function typedIn(viewId) {
  const dialog = [...document.querySelectorAll("dialog")].find((one) => one.dataset.viewId === viewId);
  return dialog ? readValues(dialog) : undefined;
}

async function act(where, action, element, block) {
  if (element.confirm && !(await confirmed(element.confirm))) return;
  const press = { user: store.me, ...where, block_id: block.block_id, action_id: element.action_id };
  const answer = await attempt(() => (PRESSED.has(action.type)
    ? post("click", { ...press, value: action.value })
    : post("select", { ...press, action })));
  if (answer?.error) notify(`The app did not take that: ${answer.error}`, "wrong");
}

/** Press a shortcut, on a message or on its own. */
export async function runShortcut(shortcut, channel, ts) {
  const press = { user: store.me, callback_id: shortcut.callback_id, channel, ts };
  const answer = await attempt(() => post("shortcut", press));
  if (answer?.error) notify(`${shortcut.name}: ${answer.error}`, "wrong");
}
