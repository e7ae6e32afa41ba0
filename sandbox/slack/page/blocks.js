// Turns Block Kit blocks into DOM nodes; a block it does not know is shown as one it cannot render.

import { h, icon } from "./dom.js";
import { elementNode, picture } from "./elements.js";
import { markdown } from "./markdown.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { plan, taskCard } from "./plan.js";
import { richText, unknown } from "./richtext.js";
import { dataTable, table } from "./table.js";

const MAKERS = {
  header: (block) => h("h3", { class: "b-header" }, textObject(block.text)),
  section, context, actions, input, image, file, container, alert, card, carousel, plan, table,
  divider: () => h("hr", { class: "b-divider" }),
  rich_text: (block) => h("div", { class: "b-rich" }, richText(block)),
  markdown: (block) => h("div", { class: "b-markdown" }, markdown(block.text ?? "")),
  task_card: taskCard,
  data_table: dataTable,
  context_actions: actions,
};

/** Nodes for a list of blocks. `ctx` says what surface they stand on and carries presses to the workspace. */
export function blockNodes(blocks, ctx) {
  return (blocks ?? []).map((block) => h("div", { class: "block", "data-block": block?.type }, blockNode(block, ctx)));
}

function blockNode(block, ctx) {
  if (!Object.hasOwn(MAKERS, block?.type ?? "")) return unknown(block?.type);
  try {
    return MAKERS[block.type](block, ctx);
  } catch (error) {
    return unknown(`${block.type} (${error.message})`);
  }
}

function section(block, ctx) {
  return h("div", { class: "b-section" },
    h("div", { class: "b-section-text" },
      block.text && h("div", {}, textObject(block.text)),
      block.fields && h("div", { class: "fields" }, block.fields.map((field) => h("div", {}, textObject(field))))),
    block.accessory && h("div", { class: "accessory" }, elementNode(block.accessory, block, ctx, block.text?.text)));
}

function context(block) {
  return h("div", { class: "b-context" }, (block.elements ?? []).map((element) => (element.type === "image"
    ? picture(element, "image-tiny") : h("span", {}, textObject(element)))));
}

function actions(block, ctx) {
  return h("div", { class: "actions" }, (block.elements ?? []).map((element) => elementNode(element, block, ctx)));
}

function input(block, ctx) {
  const error = ctx.errors?.[block.block_id];
  return h("div", { class: ["b-input", error && "b-input-wrong"], "data-testid": "input", "data-block-id": block.block_id },
    h("div", { class: "b-input-label", "aria-hidden": "true" }, textObject(block.label),
      block.optional && h("span", { class: "faint" }, " (optional)")),
    elementNode(block.element, block, ctx, `${block.label?.text ?? ""}${block.optional ? " (optional)" : ""}`),
    error && h("p", { class: "wrong", role: "alert", "data-testid": "input-error" }, icon("alert"), error),
    block.hint && h("p", { class: "hint" }, textObject(block.hint)));
}

function image(block) {
  return h("figure", { class: "b-image" },
    block.title && h("figcaption", {}, textObject(block.title)), picture(block, "image-large"));
}

function file(block) {
  return h("div", { class: "file-card" }, icon("file"), h("span", {}, block.external_id ?? "File"));
}

function container(block, ctx) {
  const title = block.rich_text_title ? richText(block.rich_text_title) : textObject(block.title);
  const head = [h("strong", {}, title), block.subtitle && h("span", { class: "faint" }, textObject(block.subtitle))];
  const body = h("div", { class: "container-body" }, blockNodes(block.child_blocks, ctx));
  if (!block.is_collapsible) return h("div", { class: "container" }, h("div", { class: "container-head" }, head), body);
  return h("details", { class: "container", open: !block.default_collapsed },
    h("summary", { class: "container-head" }, head, icon("down")), body);
}

function alert(block) {
  const level = ["info", "warning", "error", "success"].includes(block.level) ? block.level : "info";
  return h("div", { class: `alert alert-${level}`, role: "note" }, icon("alert"), h("span", {}, textObject(block.text)));
}

function card(block, ctx) {
  return h("div", { class: "card" },
    block.hero_image && picture(block.hero_image, "image-large"),
    block.title && h("strong", {}, textObject(block.title)),
    block.subtitle && h("div", { class: "faint" }, textObject(block.subtitle)),
    block.body && h("div", {}, textObject(block.body)),
    block.subtext && h("div", { class: "faint" }, textObject(block.subtext)),
    block.actions && actions({ ...block, elements: block.actions }, ctx));
}

function carousel(block, ctx) {
  return h("div", { class: "carousel", tabindex: "0", role: "region", "aria-label": "Cards" },
    (block.elements ?? []).map((one) => card(one, ctx)));
}

/** The body of a message: an app's blocks, else the text (which in people's messages names mentions and links). */
export function bodyNodes(message, ctx) {
  const drawn = message.blocks?.length && !message.client_msg_id;
  const own = drawn ? blockNodes(message.blocks, ctx) : [h("div", { class: "b-text" }, mrkdwn(message.text ?? ""))];
  return [...own, (message.attachments ?? []).map((one) => attachment(one, ctx))];
}

function attachment(one, ctx) {
  return h("div", { class: "attachment" },
    one.pretext && h("div", {}, mrkdwn(one.pretext)), one.title && h("strong", {}, one.title),
    one.blocks?.length ? blockNodes(one.blocks, ctx) : h("div", {}, mrkdwn(one.text ?? one.fallback ?? "")));
}
