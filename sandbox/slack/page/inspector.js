// The inspector: what the app calls, how fast it acknowledges, and faults to try on it.

import { coalesced, get } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { faultsPanel } from "./faults.js";
import { attempt } from "./notices.js";
import { tell } from "./store.js";

const KEPT = 300;
const TABS = { calls: "Calls", acks: "Deliveries", faults: "Faults" };

/** The inspector drawer; toggle(), close(), refresh(). It reads the traffic only while it is open. */
export function makeInspector() {
  const root = document.getElementById("inspector");
  root.dataset.testid = "inspector";
  const body = h("div", { class: "inspector-body", tabindex: "0", "aria-label": "Traffic" });
  const tabs = h("div", { class: "tabs", role: "tablist" });
  const faults = faultsPanel();
  let tab = "calls";

  const load = coalesced(async () => {
    if (root.hidden) return;
    if (tab === "faults") {
      fill(body, faults);
      return;
    }
    const wanted = tab;
    const answer = await attempt(() => get(wanted));
    if (!answer || tab !== wanted) return; // another tab was picked meanwhile, and its own load follows
    fill(body, wanted === "calls" ? callsPanel(answer.calls) : acksPanel(answer.acks));
  });
  const drawTabs = () => fill(tabs, Object.entries(TABS).map(([name, words]) => h("button", {
    type: "button", role: "tab", class: "tab", "aria-selected": String(name === tab), "data-testid": `tab-${name}`,
    onclick: () => pick(name),
  }, words)));
  const pick = (name) => {
    tab = name;
    drawTabs();
    fill(body);
    return load();
  };
  const close = () => {
    root.hidden = true;
    tell("panels");
  };
  const toggle = () => {
    root.hidden = !root.hidden;
    tell("panels");
    return load();
  };
  root.onkeydown = (key) => {
    if (key.key === "Escape") close();
  };
  root.append(h("header", { class: "side-head" }, h("h2", {}, "Inspector"), h("button", {
    type: "button", class: "button button-icon", "aria-label": "Close inspector", onclick: close,
  }, icon("cross"))), tabs, body);
  drawTabs();
  return { toggle, close, refresh: load, isOpen: () => !root.hidden };
}

const clock = (at) => new Date(at * 1000).toLocaleTimeString("en-GB");
const ms = (value) => (typeof value === "number" ? `${value < 10 ? value.toFixed(1) : Math.round(value)} ms` : "");

function callsPanel(calls) {
  if (!calls.length) return h("p", { class: "feed-empty" }, "The app has not called the Web API yet.");
  const newest = calls.slice(-KEPT).reverse();
  return h("ul", { class: "traffic" }, newest.map((call) => h("li", { "data-key": `call-${call.seq}-${call.at}` }, callRow(call))));
}

function callRow(call) {
  const verdict = call.ok === null ? "under way" : call.ok ? "ok" : call.error || "failed";
  return h("details", { class: "call", "data-testid": "call", "data-method": call.method },
    h("summary", {}, h("span", { class: "faint" }, clock(call.at)), h("code", {}, call.method),
      h("span", { class: ["verdict", call.ok === false ? "verdict-wrong" : "verdict-ok"] }, verdict),
      h("span", { class: "faint num" }, ms(call.ms))),
    call.fault && h("p", { class: "faint" }, `Fault: ${call.fault}`),
    h("pre", {}, JSON.stringify(call.args ?? {}, null, 2)));
}

/** The value below which `share` of the sorted numbers lie. */
function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

function acksPanel(acks) {
  if (!acks.length) return h("p", { class: "feed-empty" }, "Nothing was delivered to the app yet.");
  const times = acks.filter((ack) => ack.ok).map((ack) => Number(ack.ms)).sort((a, b) => a - b);
  const figure = (words, value) => h("div", { class: "figure" },
    h("span", { class: "faint" }, words), h("strong", {}, value ?? "–"));
  const at = (share) => (times.length ? ms(percentile(times, share)) : null);
  const newest = acks.slice(-KEPT).reverse();
  return [
    h("div", { class: "figures", "data-testid": "ack-figures" },
      figure("Deliveries", acks.length), figure("p50", at(0.5)), figure("p95", at(0.95)), figure("Slowest", at(1))),
    h("ul", { class: "traffic" }, newest.map((ack) => h("li", { "data-key": `ack-${ack.seq}` }, ackRow(ack)))),
  ];
}

function ackRow(ack) {
  return h("div", { class: "ack", "data-testid": "ack", "data-kind": ack.kind },
    h("span", { class: "faint" }, clock(ack.at)), h("code", { title: ack.kind }, ack.what),
    ack.retry > 0 && h("span", { class: "mark" }, `retry ${ack.retry}`),
    h("span", { class: ["verdict", ack.ok ? "verdict-ok" : "verdict-wrong"] }, ack.status),
    h("span", { class: "faint num" }, ms(ack.ms)));
}
