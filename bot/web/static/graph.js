"use strict";
// Draws the net of a scan. The list below it says the same, so nothing is lost where this does not run.

const net = document.getElementById("net");
const picked = document.getElementById("picked");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function looks() {
  return [
    { selector: "node", style: {
      label: "data(label)", color: colour("--text"), "font-size": 10, "text-max-width": 120, "text-wrap": "ellipsis",
      "text-valign": "bottom", "text-margin-y": 3, width: 14, height: 14, "background-color": colour("--muted") } },
    { selector: "node[kind = 'target']", style: {
      width: 26, height: 26, "background-color": colour("--accent"), "font-size": 13, "font-weight": "bold" } },
    { selector: "node[severity = 'high']", style: { "background-color": colour("--bad"), shape: "diamond" } },
    { selector: "node[severity = 'medium']", style: { "background-color": colour("--warn"), shape: "triangle" } },
    { selector: "node:selected", style: { "border-width": 3, "border-color": colour("--accent") } },
    { selector: "edge", style: { width: 1, "line-color": colour("--line"), "curve-style": "haystack" } },
    { selector: "edge:selected", style: { width: 2, "line-color": colour("--accent") } },
  ];
}

function draw(told) {
  net.textContent = "";
  net.classList.add("drawn");
  const nodes = told.nodes.map((each) => ({ data: each }));
  const edges = told.edges.map((each) => ({ data: { id: each.id, source: "target", target: each.to, label: each.label } }));
  const cy = cytoscape({
    container: net, elements: [...nodes, ...edges], style: looks(), wheelSensitivity: 0.3, maxZoom: 3, minZoom: 0.2,
    layout: { name: "cose", animate: false, nodeRepulsion: 9000, idealEdgeLength: 90, padding: 30 },
  });
  cy.on("select", "node", (event) => {
    const node = event.target;
    const ways = node.connectedEdges().map((edge) => edge.data("label"));
    picked.textContent = `${node.data("label")} (${node.data("kind")})${ways.length ? ": " + ways.join(", ") : ""}`;
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(looks()));
  if (!calm) cy.animate({ fit: { padding: 30 }, duration: 200 });
  net.dataset.drawn = String(told.nodes.length);
}

if (net) {
  fetch(net.dataset.from)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then(draw)
    .catch(() => { net.textContent = "The picture could not be drawn. The list below says the same."; });
}
