// Block elements: buttons, inputs and images, and the choice of the right control for each type.

import { boxes, controlProps, multiSelect, overflow, select } from "./choices.js";
import { h, icon } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { unknown } from "./richtext.js";

const MAKERS = {
  button, overflow, workflow_button: button, icon_button: iconButton, feedback_buttons: feedback,
  static_select: select, users_select: select, channels_select: select, conversations_select: select,
  multi_static_select: multiSelect, multi_users_select: multiSelect, multi_channels_select: multiSelect,
  multi_conversations_select: multiSelect, checkboxes: boxes, radio_buttons: boxes,
  plain_text_input: textInput, email_text_input: textInput, url_text_input: textInput, number_input: textInput,
  datepicker: textInput, timepicker: textInput, datetimepicker: textInput,
  image: (element) => picture(element, "image-small"),
};

/** The node for a block element; `label` names a control whose visible label stands elsewhere. */
export function elementNode(element, block, ctx, label) {
  if (!Object.hasOwn(MAKERS, element?.type ?? "")) return unknown(element?.type);
  return MAKERS[element.type](element, block, ctx, label);
}

function button(element, block, ctx) {
  const style = { primary: "button-primary", danger: "button-danger" }[element.style];
  const press = async (click) => {
    const node = click.currentTarget;
    if (element.url) window.open(element.url, "_blank", "noopener,noreferrer");
    node.setAttribute("aria-busy", "true");
    await ctx.act({ type: element.type, value: element.value }, element, block);
    node.removeAttribute("aria-busy");
  };
  return h("button", {
    type: "button", class: ["button", style], "data-testid": "button", "data-action-id": element.action_id ?? "",
    "aria-label": element.accessibility_label, onclick: press,
  }, textObject(element.text));
}

function iconButton(element, block, ctx) {
  return button({ ...element, type: "icon_button" }, block, ctx);
}

function feedback(element, block, ctx) {
  const one = (choice) => choice && h("button", {
    type: "button", class: "button", "data-testid": "button", "data-action-id": element.action_id ?? "",
    "aria-label": choice.accessibility_label,
    onclick: () => ctx.act({ type: "feedback_buttons", value: choice.value }, element, block),
  }, textObject(choice.text));
  return h("span", { class: "actions" }, one(element.positive_button), one(element.negative_button));
}

const INPUT_TYPES = {
  plain_text_input: "text", email_text_input: "email", url_text_input: "url", number_input: "number",
  datepicker: "date", timepicker: "time", datetimepicker: "datetime-local",
};

function initialText(element) {
  if (element.type === "datetimepicker" && element.initial_date_time) {
    const at = new Date(element.initial_date_time * 1000);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
  return element.initial_value ?? element.initial_date ?? element.initial_time ?? "";
}

function textInput(element, block, ctx, label) {
  const picker = element.type.endsWith("picker");
  const told = ctx.dispatches(block);
  const act = (node) => {
    const held = { datepicker: "selected_date", timepicker: "selected_time" }[element.type] ?? "value";
    return ctx.act({ type: element.type, [held]: node.value }, element, block);
  };
  const props = {
    value: initialText(element), placeholder: element.placeholder?.text, maxlength: element.max_length,
    min: element.min_value, max: element.max_value, "aria-label": label ?? element.placeholder?.text ?? "Text",
    class: "field", autocomplete: "off", spellcheck: "false",
    onchange: told && picker ? (change) => act(change.currentTarget) : undefined,
    onkeydown: told && !picker && !element.multiline ? (key) => { if (key.key === "Enter") act(key.currentTarget); } : undefined,
  };
  const node = element.multiline ? h("textarea", { rows: 4, ...props })
    : h("input", { type: INPUT_TYPES[element.type], ...props });
  if (element.focus_on_load) node.setAttribute("data-focus", "");
  return h("span", controlProps(element, block, ctx, { class: "text-control" }), node);
}

/** An image when this page itself serves it; outside pictures are named, never fetched. */
export function picture(element, className) {
  const url = element.image_url ?? "";
  const own = url.startsWith("/") || url.startsWith(`${location.origin}/`);
  if (own) return h("img", { class: className, src: url, alt: element.alt_text ?? "", loading: "lazy" });
  const words = element.alt_text || "Image not loaded";
  return h("span", { class: [className, "image-outside"], role: "img", "aria-label": words, title: url },
    icon("eye"), h("span", {}, words));
}
