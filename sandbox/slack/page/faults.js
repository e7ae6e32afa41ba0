// The faults panel: makes the stand-in workspace misbehave in one chosen way, and puts it right again.

import { post, remove } from "./api.js";
import { h, icon } from "./dom.js";
import { attempt, notify } from "./notices.js";

const METHODS = [
  "chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.publish",
  "files.completeUploadExternal", "auth.test",
];
const KINDS = [
  { kind: "429", words: "429 for 5 s", extra: { retry_after: 5 } },
  { kind: "500", words: "500" },
  { kind: "slow", words: "Slow by 5 s", extra: { seconds: 5 } },
  { kind: "cut_after", words: "Cut after storing" },
];

/** The panel's node. */
export function faultsPanel() {
  const method = h("select", { "aria-label": "Method", "data-testid": "fault-method" },
    METHODS.map((name) => h("option", { value: name }, name)));
  const times = h("input", { type: "number", class: "field field-small", min: 1, max: 1000, value: 1, "aria-label": "Times" });
  const make = (fault) => async () => {
    const wish = { method: method.value, kind: fault.kind, times: Number(times.value) || 1, ...fault.extra };
    if (await attempt(() => post("fault", wish))) notify(`${wish.method}: ${fault.words}, ${wish.times} time(s)`);
  };
  const clear = async () => {
    await attempt(() => remove("fault"));
    notify("All faults are gone");
  };
  return h("div", { class: "faults" },
    h("p", {}, "The next calls of this method go wrong in the way you press."),
    h("label", { class: "fault-row" }, h("span", {}, "Method"), h("span", { class: "select" }, method, icon("down"))),
    h("label", { class: "fault-row" }, h("span", {}, "Times"), times),
    h("div", { class: "actions" }, KINDS.map((fault) => h("button", {
      type: "button", class: "button", "data-testid": `fault-${fault.kind}`, onclick: make(fault),
    }, fault.words))),
    h("div", { class: "actions" }, h("button", {
      type: "button", class: "button button-danger", "data-testid": "fault-clear", onclick: clear,
    }, "Clear all faults")));
}
