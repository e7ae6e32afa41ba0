"use strict";
// Draws the net of a scan. The list below it says the same, so nothing is lost where this does not run.

const net = document.getElementById("net");
const picked = document.getElementById("picked");

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function looks() {
  return [
    { selector: "node", style: {
      label: "data(label)", color: colour("--text"), "font-size": 9, "text-max-width": 110, "text-wrap": "ellipsis",
      "text-valign": "bottom", "text-margin-y": 2, width: 9, height: 9, "background-color": colour("--muted"),
      "min-zoomed-font-size": 7 } },
    { selector: "node[kind = 'way']", style: {
      shape: "round-rectangle", width: "label", height: "label", padding: 4, "background-color": colour("--busy-ground"),
      color: colour("--busy"), "text-valign": "center", "text-margin-y": 0, "font-size": 10, "text-max-width": 160,
      "min-zoomed-font-size": 0 } },
    { selector: "node[kind = 'target']", style: {
      width: 22, height: 22, "background-color": colour("--accent"), "font-size": 14, "font-weight": "bold",
      "min-zoomed-font-size": 0, "text-max-width": 240 } },
    { selector: "node[severity = 'high']", style: {
      "background-color": colour("--bad"), shape: "diamond", width: 13, height: 13 } },
    { selector: "node[severity = 'medium']", style: {
      "background-color": colour("--warn"), shape: "triangle", width: 13, height: 13 } },
    { selector: "node:selected", style: { "border-width": 2, "border-color": colour("--accent"), "min-zoomed-font-size": 0 } },
    { selector: "edge", style: { width: 1, "line-color": colour("--line"), "curve-style": "haystack" } },
  ];
}

function draw(told) {
  net.textContent = "";
  net.classList.add("drawn");
  const cy = cytoscape({
    container: net,
    elements: [...told.nodes.map((data) => ({ data })), ...told.edges.map((data) => ({ data }))],
    style: looks(),
    maxZoom: 3,
    minZoom: 0.2,
    layout: {
      name: "cose", animate: false, padding: 16, nodeDimensionsIncludeLabels: true, componentSpacing: 40,
      nodeRepulsion: () => 12000, idealEdgeLength: () => 55, numIter: 1500,
    },
  });
  cy.on("select", "node", (event) => {
    const node = event.target;
    const ways = node.neighborhood("node[kind = 'way']").map((way) => way.data("label"));
    const what = node.data("kind") === "way" ? "how it was found" : node.data("kind");
    picked.textContent = `${node.data("label")} (${what})${ways.length ? ": " + ways.join(", ") : ""}`;
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(looks()));
  net.dataset.drawn = String(told.nodes.length);
}

if (net) {
  fetch(net.dataset.from)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then(draw)
    .catch(() => { net.textContent = "The picture could not be drawn. The list below says the same."; });
}
