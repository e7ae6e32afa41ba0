// What the page knows now: who acts, where they look, and the workspace's people and channels.

export const store = {
  team: { id: "", name: "Sandbox" },
  bot: { id: "U0GUMSHOE", name: "Gumshoe" },
  everybody: [],
  people: [],
  channels: [],
  shortcuts: [],
  commands: [],
  me: null,
  place: { kind: "channel", id: null },
  thread: null,
  unread: new Set(),
};

const listeners = new Map();

/** Call `heard` whenever `topic` is told. */
export function on(topic, heard) {
  listeners.set(topic, [...(listeners.get(topic) ?? []), heard]);
}

/** Tell everybody who listens to `topic`. */
export function tell(topic, word) {
  for (const heard of listeners.get(topic) ?? []) heard(word);
}

const SLACKBOT = "USLACKBOT";
const DEFAULT_SHORTCUTS = [
  { type: "message", callback_id: "scan_message", name: "Scan what this message names" },
  { type: "global", callback_id: "scan_anything", name: "Start a scan" },
];
const DEFAULT_COMMANDS = [
  { command: "/scan", usage_hint: "example.com", description: "Scan a target" },
  { command: "/case", usage_hint: "status", description: "Keep scans together" },
];

/** Take in the answer of GET /control/state. */
export function learn(state) {
  store.team = state.team ?? store.team;
  store.everybody = state.people ?? [];
  const bot = store.everybody.find((person) => person.id === store.bot.id);
  if (bot) store.bot = { ...bot, name: bot.real_name || bot.name };
  store.people = store.everybody.filter((person) => person.id !== store.bot.id && person.id !== SLACKBOT);
  store.channels = state.channels ?? [];
  store.shortcuts = state.shortcuts?.length ? state.shortcuts : DEFAULT_SHORTCUTS;
  store.commands = state.commands?.length ? state.commands : DEFAULT_COMMANDS;
  store.me ??= remembered("sandbox-person", store.people) ?? store.people[0]?.id ?? null;
  store.place.id ??= remembered("sandbox-channel", visibleChannels()) ?? firstChannel();
}

function firstChannel() {
  return (visibleChannels()[0] ?? myDirect())?.id ?? null;
}

function remembered(key, among) {
  const id = recall(key);
  return among.some((one) => one.id === id) ? id : null;
}

/** A choice kept in this browser; private windows may refuse storage, and then nothing is kept. */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The page works without memory.
  }
}

/** The name to show for a person's id, the bot and strangers included. */
export function personName(id) {
  if (id === store.bot.id) return store.bot.name;
  const person = store.everybody.find((one) => one.id === id);
  return person?.real_name || person?.name || id;
}

export const isDirect = (channel) => Boolean(channel?.is_dm);
export const channelById = (id) => store.channels.find((channel) => channel.id === id);

export function channelName(id) {
  const channel = channelById(id);
  if (isDirect(channel)) return store.bot.name;
  return channel?.name ?? id;
}

/** The channels the acting person is in; direct messages stand apart. */
export function visibleChannels() {
  return store.channels.filter((channel) => !isDirect(channel) && (channel.members?.includes(store.me) ?? true));
}

export function myDirect() {
  return store.channels.find((channel) => isDirect(channel) && directOwner(channel) === store.me);
}

function directOwner(channel) {
  return channel.user || `U${channel.id.slice(1)}`;
}

export function moveTo(place) {
  store.place = place;
  store.thread = null;
  if (place.kind === "channel") {
    store.unread.delete(place.id);
    keep("sandbox-channel", place.id);
  }
  tell("place");
}

export function actAs(id) {
  store.me = id;
  keep("sandbox-person", id);
  const here = channelById(store.place.id);
  if (isDirect(here)) store.place.id = myDirect()?.id ?? null;
  else if (here && !visibleChannels().includes(here)) store.place.id = firstChannel();
  tell("person");
}
