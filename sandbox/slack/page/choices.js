// Controls that choose: selects, multi-selects, overflow menus, checkboxes and radio buttons.

import { h, icon } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { channelName, isDirect, myDirect, store, visibleChannels } from "./store.js";
import { readControl } from "./values.js";

const plainOption = (value, text) => ({ text: { type: "plain_text", text }, value });

function peopleOptions() {
  return [...store.people, store.bot].map((one) => plainOption(one.id, one.real_name || one.name));
}

function channelOptions(wanted) {
  const words = (one) => (isDirect(one) ? channelName(one.id) : `#${one.name}`);
  return [...visibleChannels(), myDirect()].filter((one) => one && wanted(one)).map((one) => plainOption(one.id, words(one)));
}

/** Option groups for any select: what the element lists, or the workspace's people and channels. */
function groupsOf(element) {
  const kind = element.type.replace("multi_", "");
  if (kind === "users_select") return [{ options: peopleOptions() }];
  if (kind === "channels_select") return [{ options: channelOptions((one) => !one.is_private && !isDirect(one)) }];
  if (kind === "conversations_select") return [{ options: channelOptions(() => true) }];
  return element.option_groups ?? [{ options: element.options ?? [] }];
}

function initialValues(element) {
  const current = element.default_to_current_conversation ? [store.place.id] : [];
  const given = [
    element.initial_option?.value, element.initial_user, element.initial_channel, element.initial_conversation,
    ...(element.initial_options ?? []).map((one) => one.value), ...(element.initial_users ?? []),
    ...(element.initial_channels ?? []), ...(element.initial_conversations ?? []),
  ].filter(Boolean);
  return new Set(given.length ? given : current);
}

const words = (option) => option.text?.text ?? option.value;

/** Attributes by which a control is found, read and kept across updates. */
export function controlProps(element, block, ctx, extra = {}) {
  const initial = JSON.stringify([...initialValues(element)]);
  return {
    "data-control": element.type,
    "data-block-id": block.block_id ?? "",
    "data-action-id": element.action_id ?? "",
    "data-testid": "control",
    "data-key": ctx.surface === "modal" ? `${block.block_id}/${element.action_id}` : `${element.action_id}/${initial}`,
    ...extra,
  };
}

/** Tell the app what was chosen, where the block asks to be told. */
function announce(ctx, element, block) {
  if (!ctx.dispatches(block)) return undefined;
  return (change) => {
    const control = change.currentTarget.closest("[data-control]");
    const { type, ...state } = readControl(control);
    return ctx.act({ type, ...state }, element, block);
  };
}

/** One choice from a list. */
export function select(element, block, ctx, label) {
  const initial = initialValues(element);
  const entry = (option) => h("option", {
    value: option.value, selected: initial.has(option.value), "data-option": JSON.stringify(option),
  }, words(option));
  const groups = groupsOf(element).map((group) => (group.label
    ? h("optgroup", { label: group.label.text }, group.options.map(entry)) : group.options.map(entry)));
  const empty = h("option", { value: "" }, element.placeholder?.text ?? "Choose…");
  return h("span", controlProps(element, block, ctx, { class: "select" }),
    h("select", { "aria-label": label ?? element.placeholder?.text ?? "Choose", onchange: announce(ctx, element, block) },
      empty, groups),
    icon("down"));
}

function box(kind, element, option, ctx, block, checked) {
  const name = kind === "radio" ? `${ctx.key}/${block.block_id}/${element.action_id}` : undefined;
  return h("label", { class: "box" },
    h("input", {
      type: kind, name, checked, value: option.value, "data-option": JSON.stringify(option),
      onchange: announce(ctx, element, block),
    }),
    h("span", { class: "box-text" }, h("span", {}, textObject(option.text)),
      option.description && h("span", { class: "box-description" }, textObject(option.description))));
}

/** Several choices: a fold that lists boxes and names what is ticked. */
export function multiSelect(element, block, ctx, label) {
  const initial = initialValues(element);
  const summary = (count) => (count ? `${count} chosen` : element.placeholder?.text ?? "Choose…");
  const groups = groupsOf(element).map((group) => [
    group.label && h("span", { class: "multi-group" }, group.label.text),
    group.options.map((option) => box("checkbox", element, option, ctx, block, initial.has(option.value))),
  ]);
  const tally = (change) => {
    const count = change.currentTarget.querySelectorAll("input:checked").length;
    change.currentTarget.querySelector("summary span").textContent = summary(count);
  };
  return h("details", controlProps(element, block, ctx, { class: "multi", onchange: tally }),
    h("summary", { "aria-label": label ?? element.placeholder?.text ?? "Choose" },
      h("span", {}, summary(initial.size)), icon("down")),
    h("div", { class: "multi-list", role: "group" }, groups));
}

/** Checkboxes or radio buttons. */
export function boxes(element, block, ctx, label) {
  const initial = initialValues(element);
  const kind = element.type === "checkboxes" ? "checkbox" : "radio";
  return h("div", controlProps(element, block, ctx, {
    class: "boxes", role: kind === "radio" ? "radiogroup" : "group", "aria-label": label ?? "Options",
  }), (element.options ?? []).map((option) => box(kind, element, option, ctx, block, initial.has(option.value))));
}

/** The "more" menu: each option is pressed, not kept. */
export function overflow(element, block, ctx) {
  const pick = (option) => (click) => {
    click.currentTarget.closest("details").open = false;
    return ctx.act({ type: "overflow", selected_option: option }, element, block);
  };
  return h("details", { class: "menu", "data-action-id": element.action_id ?? "", "data-testid": "overflow" },
    h("summary", { class: "button button-icon", "aria-label": "More actions" }, icon("dots")),
    h("div", { class: "menu-list", role: "menu" }, (element.options ?? []).map((option) => h("button", {
      type: "button", role: "menuitem", "data-value": option.value, onclick: pick(option),
    }, textObject(option.text)))));
}
