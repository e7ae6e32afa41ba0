// Renders plan and task_card blocks: each task with its status as a sign and a word, details behind a fold.

import { h, icon } from "./dom.js";
import { link } from "./inline.js";
import { textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

const STATUSES = {
  pending: { word: "Waiting", sign: null },
  in_progress: { word: "Running", sign: null },
  complete: { word: "Done", sign: "check" },
  error: { word: "Error", sign: "alert" },
};

/** A plan: its title, how far it is, and its tasks in order. */
export function plan(block) {
  const tasks = block.tasks ?? [];
  const closed = tasks.filter((one) => ["complete", "error"].includes(one.status)).length;
  const running = tasks.some((one) => one.status === "in_progress");
  return h("div", { class: ["plan", running && "plan-running"], "data-testid": "plan" },
    h("div", { class: "plan-head" },
      h("strong", {}, textObject(block.title)),
      tasks.length > 0 && h("span", { class: "plan-count" }, `${closed} of ${tasks.length}`)),
    tasks.length > 0 && h("progress", {
      class: "plan-bar", max: tasks.length, value: closed, "aria-label": `${closed} of ${tasks.length} tasks finished`,
    }),
    h("ol", { class: "tasks" }, tasks.map((one) => h("li", { "data-key": `task-${one.task_id}` }, task(one)))));
}

/** A task on its own, outside a plan. */
export function taskCard(block) {
  return h("div", { class: "plan" }, task(block));
}

function task(one) {
  const status = Object.hasOwn(STATUSES, one.status) ? one.status : "pending";
  const more = [
    one.details && h("div", { class: "task-details" }, richText(one.details)),
    one.output && h("div", { class: "task-output" }, richText(one.output)),
    one.sources?.length && h("ul", { class: "task-sources", "aria-label": "Sources" },
      one.sources.map((source) => h("li", {}, link(source.url, source.text)))),
  ].filter(Boolean);
  const hooks = { "data-testid": "plan-task", "data-status": status, "data-task-id": one.task_id };
  const head = [sign(status), h("span", { class: "task-title" }, textObject(one.title)),
    h("span", { class: "task-word" }, STATUSES[status].word)];
  if (!more.length) return h("div", { class: `task task-${status}`, ...hooks }, h("div", { class: "task-head" }, head));
  return h("details", { class: `task task-${status}`, ...hooks },
    h("summary", { class: "task-head" }, head, icon("down")), h("div", { class: "task-more" }, more));
}

function sign(status) {
  const shape = STATUSES[status].sign;
  return h("span", { class: `sign sign-${status}`, "aria-hidden": "true" }, shape && icon(shape));
}
