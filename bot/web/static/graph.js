"use strict";
// Draws the net of a scan. The list below it says the same, so nothing is lost where this does not run.

const net = document.getElementById("net");
const picked = document.getElementById("picked");
const EVERY = 3000; // milliseconds: a scan that goes on changes often, a picture that jumps all the time shows nothing
let shown = null; // the picture
let moved = false; // somebody has moved or zoomed it

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function looks() {
  const words = { label: "data(label)", color: colour("--text"), "text-wrap": "ellipsis" };
  return [
    { selector: "node", style: {
      ...words, "font-size": 10, "text-max-width": 150, width: 8, height: 8, "background-color": colour("--muted"),
      "text-valign": "center", "text-halign": "right", "text-margin-x": 3 } },
    { selector: "node[side = 'left']", style: { "text-halign": "left", "text-margin-x": -3 } },
    { selector: "node[kind = 'way']", style: {
      "text-valign": "top", "text-halign": "center", "text-margin-x": 0, "text-margin-y": -2, "font-size": 11,
      "text-max-width": 190, color: colour("--busy"), "background-color": colour("--busy"), shape: "round-rectangle",
      "text-background-color": colour("--surface"), "text-background-opacity": 0.85, "text-background-padding": 1 } },
    { selector: "node[kind = 'target']", style: {
      width: 22, height: 22, "background-color": colour("--accent"), "font-size": 15, "font-weight": "bold",
      "text-valign": "bottom", "text-halign": "center", "text-margin-x": 0, "text-margin-y": 3, "text-max-width": 260,
      "text-background-color": colour("--surface"), "text-background-opacity": 0.85 } },
    { selector: "node[severity = 'high']", style: {
      "background-color": colour("--bad"), shape: "diamond", width: 13, height: 13 } },
    { selector: "node[severity = 'medium']", style: {
      "background-color": colour("--warn"), shape: "triangle", width: 13, height: 13 } },
    { selector: "node:selected", style: { "border-width": 2, "border-color": colour("--accent") } },
    { selector: "edge", style: { width: 1, "line-color": colour("--line"), "curve-style": "haystack" } },
  ];
}

// Each way from the target gets a part of the circle by how much it led to; what it led to lies behind it in two rings,
// so that names have room. The same net always looks the same.
function places(told) {
  const middle = told.nodes.find((node) => node.kind === "target").id;
  const parent = new Map();
  for (const edge of told.edges) {
    if (edge.source !== middle && !parent.has(edge.target)) parent.set(edge.target, edge.source);
  }
  const ways = told.nodes.filter((node) => node.kind === "way");
  const behind = new Map(ways.map((way) => [way.id, []]));
  for (const [node, way] of parent) behind.get(way).push(node);
  const shares = ways.map((way) => Math.max(1.5, behind.get(way.id).length));
  const whole = shares.reduce((sum, share) => sum + share, 0);
  const wide = Math.max(210, whole * 3.9); // radius of the outer rings
  const at = new Map([[middle, { x: 0, y: 0 }]]);
  const put = (id, angle, radius) => at.set(id, { x: Math.cos(angle) * radius * 1.55, y: Math.sin(angle) * radius });
  let from = -Math.PI / 2;
  ways.forEach((way, place) => {
    const part = (shares[place] / whole) * 2 * Math.PI;
    const nodes = behind.get(way.id);
    put(way.id, from + part / 2, wide * (place % 2 ? 0.42 : 0.58));
    nodes.forEach((node, number) => {
      put(node, from + (part * (number + 0.5)) / nodes.length, wide * (number % 2 ? 1.0 : 0.84));
    });
    from += part;
  });
  return at;
}

// A tree of several looked-up targets: rings around the one that it began with, in the order in which one comes to them.
function rings(told) {
  const root = told.nodes.find((node) => node.kind === "target").id;
  const next = new Map(told.nodes.map((node) => [node.id, []]));
  for (const edge of told.edges) next.get(edge.source).push(edge.target);
  const ring = new Map([[root, 0]]);
  const order = [root];
  for (const id of order) {
    for (const child of next.get(id)) {
      if (!ring.has(child)) { ring.set(child, ring.get(id) + 1); order.push(child); }
    }
  }
  for (const node of told.nodes) if (!ring.has(node.id)) { ring.set(node.id, 1); order.push(node.id); }
  const below = new Map(order.map((id) => [id, []]));
  for (const id of order.slice(1)) {
    const parent = order.find((other) => ring.get(other) === ring.get(id) - 1 && next.get(other).includes(id));
    below.get(parent ?? root).push(id);
  }
  const size = new Map();
  for (const id of [...order].reverse()) {
    size.set(id, Math.max(1, below.get(id).reduce((sum, child) => sum + size.get(child), 0)));
  }
  const wide = Math.max(110, size.get(root) * 3.2);
  const at = new Map([[root, { x: 0, y: 0 }]]);
  const put = (id, from, part) => {
    for (const child of below.get(id)) {
      const mine = (part * size.get(child)) / size.get(id);
      const radius = ring.get(child) * wide * 0.75;
      at.set(child, { x: Math.cos(from + mine / 2) * radius * 1.4, y: Math.sin(from + mine / 2) * radius });
      put(child, from, mine);
      from += mine;
    }
  };
  put(root, -Math.PI / 2, 2 * Math.PI);
  return at;
}

function draw(told) {
  if (!told.nodes.length) return;
  const view = shown && moved ? { zoom: shown.zoom(), pan: { ...shown.pan() } } : null;
  const chosen = shown ? shown.$("node:selected").map((node) => node.id()) : [];
  shown?.destroy();
  net.textContent = "";
  net.classList.add("drawn");
  const several = told.nodes.filter((node) => node.kind === "target").length > 1;
  const at = several ? rings(told) : places(told);
  for (const node of told.nodes) node.side = (at.get(node.id)?.x ?? 0) < 0 ? "left" : "right";
  const cy = cytoscape({
    container: net,
    elements: [...told.nodes.map((data) => ({ data, position: at.get(data.id) })), ...told.edges.map((data) => ({ data }))],
    style: looks(),
    maxZoom: 3,
    minZoom: 0.1,
    layout: { name: "preset", fit: true, padding: 20 },
  });
  cy.on("select", "node", (event) => {
    const node = event.target;
    const ways = node.neighborhood("node[kind = 'way']").map((way) => way.data("label"));
    const what = node.data("kind") === "way" ? "how it was found" : node.data("kind");
    picked.textContent = `${node.data("label")} (${what})${ways.length ? ": " + ways.join(", ") : ""}`;
  });
  cy.on("dragpan scrollzoom pinchzoom", () => { moved = true; });
  if (view) cy.viewport(view);
  for (const id of chosen) cy.getElementById(id).select();
  shown = cy;
  net.dataset.drawn = String(told.nodes.length);
}

function load() {
  return fetch(net.dataset.from)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then(draw)
    .catch(() => {
      if (!shown) net.textContent = "The picture could not be drawn. The list below says the same.";
    });
}

if (net) {
  let due = null;
  const again = (wait) => {
    due ??= setTimeout(() => load().finally(() => { due = null; }), wait);
  };
  const events = document.getElementById("events");
  events?.addEventListener("scan", () => again(EVERY));
  events?.addEventListener("end", () => { clearTimeout(due); due = null; again(0); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown?.style(looks()));
  load();
}
