"use strict";
// Draws the outcomes of a collector from the table below it: bars one upon the other, one for each step.

const chart = document.getElementById("chart");
const table = document.getElementById("course");
const COLOURS = { found: "--good", nothing: "--muted", partial: "--warn", failed: "--bad" };

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function read() {
  const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows];
  const times = rows.map((row) => Number(row.dataset.at));
  const counts = names.map((_, place) => rows.map((row) => Number(row.cells[place + 1].textContent)));
  return { names, times, counts };
}

function draw() {
  const { names, times, counts } = read();
  const heights = times.map(() => 0);
  const stacked = counts.map((row) => row.map((count, place) => (heights[place] += count)));
  const order = names.map((_, place) => place).reverse(); // the highest first, so that lower ones are seen before it
  const byDay = chart.dataset.over === "month";
  const written = (at) => new Date(at * 1e3).toISOString().slice(5, 16).replace("T", " ");
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const bars = uPlot.paths.bars({ size: [0.7, 40] });
  const series = order.map((place) => ({
    label: names[place], fill: colour(COLOURS[names[place]]), width: 0, paths: bars, points: { show: false },
    value: (_, __, ___, at) => (at == null ? "" : String(counts[place][at])),
  }));
  chart.textContent = "";
  new uPlot(
    {
      width: chart.clientWidth, height: 200, tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC"),
      series: [{ label: "From", value: (_, at) => (at == null ? "" : written(at)) }, ...series],
      axes: [{ ...axis, space: 70, values: (_, all) => all.map((at) => (byDay ? written(at).slice(0, 5) : written(at).slice(6).replace("00:00", written(at).slice(0, 5)))) }, { ...axis, size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] }],
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most)] } },
      cursor: { drag: { x: false, y: false } },
    },
    [times, ...order.map((place) => stacked[place])],
    chart,
  );
}

if (chart && table && table.tBodies[0].rows.length) {
  draw();
  addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
