// Reads what somebody filled in, in the shape that Slack calls `state.values`.

const option = (node) => (node?.dataset.option ? JSON.parse(node.dataset.option) : null);
const ticked = (node) => [...node.querySelectorAll("input:checked")].map(option);
const chosen = (node) => option(node.querySelector("select")?.selectedOptions[0]);
const typed = (node) => node.querySelector("input, textarea").value;

const seconds = (text) => (text ? Math.floor(new Date(text).getTime() / 1000) : null);
const ids = (node) => ticked(node).map((one) => one.value);

const READERS = {
  plain_text_input: (node) => ({ value: typed(node) || null }),
  email_text_input: (node) => ({ value: typed(node) || null }),
  url_text_input: (node) => ({ value: typed(node) || null }),
  number_input: (node) => ({ value: typed(node) || null }),
  static_select: (node) => ({ selected_option: chosen(node) }),
  users_select: (node) => ({ selected_user: chosen(node)?.value ?? null }),
  channels_select: (node) => ({ selected_channel: chosen(node)?.value ?? null }),
  conversations_select: (node) => ({ selected_conversation: chosen(node)?.value ?? null }),
  multi_static_select: (node) => ({ selected_options: ticked(node) }),
  multi_users_select: (node) => ({ selected_users: ids(node) }),
  multi_channels_select: (node) => ({ selected_channels: ids(node) }),
  multi_conversations_select: (node) => ({ selected_conversations: ids(node) }),
  checkboxes: (node) => ({ selected_options: ticked(node) }),
  radio_buttons: (node) => ({ selected_option: ticked(node)[0] ?? null }),
  datepicker: (node) => ({ selected_date: typed(node) || null }),
  timepicker: (node) => ({ selected_time: typed(node) || null }),
  datetimepicker: (node) => ({ selected_date_time: seconds(typed(node)) }),
};

/** What one control holds now, `type` included. */
export function readControl(node) {
  return { type: node.dataset.control, ...READERS[node.dataset.control](node) };
}

/** All controls below `root` as {block_id: {action_id: state}}. */
export function readValues(root) {
  const values = {};
  for (const node of root.querySelectorAll("[data-control]")) {
    (values[node.dataset.blockId] ??= {})[node.dataset.actionId] = readControl(node);
  }
  return values;
}

/** A view's block with what its input already holds, so that a form somebody returns to is not empty. */
export function refilled(block, values) {
  const held = values?.[block.block_id]?.[block.element?.action_id];
  if (!held) return block;
  const initial = Object.entries(held).filter(([name, value]) => name !== "type" && value !== null && value !== "")
    .map(([name, value]) => [name === "value" ? "initial_value" : name.replace("selected_", "initial_"), value]);
  return { ...block, element: { ...block.element, ...Object.fromEntries(initial) } };
}

/** Whether a state holds nothing, as Slack's own required check has it. */
export function isEmpty(state) {
  const held = Object.entries(state ?? {}).filter(([name]) => name !== "type").map(([, value]) => value);
  return held.every((value) => value === null || value === "" || (Array.isArray(value) && value.length === 0));
}
