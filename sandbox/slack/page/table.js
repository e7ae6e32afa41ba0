// Renders table and data_table blocks inside a box that scrolls sideways on its own.

import { fill, h } from "./dom.js";
import { elementNode } from "./elements.js";
import { richText } from "./richtext.js";

/** A table block; its first row reads as the head. */
export function table(block) {
  const settings = block.column_settings ?? [];
  const [head, ...body] = block.rows ?? [];
  const cells = (row, tag, props = {}) => h("tr", {}, row.map((cell, column) => h(tag, {
    class: look(settings[column]), ...props,
  }, cellNodes(cell))));
  return scrollBox("Table", h("table", { class: "grid" },
    head && h("thead", {}, cells(head, "th", { scope: "col" })), h("tbody", {}, body.map((row) => cells(row, "td")))));
}

function scrollBox(label, ...children) {
  return h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": label }, children);
}

const look = (setting) => [`align-${setting?.align ?? "left"}`, setting?.is_wrapped && "wrapped"];

function cellNodes(cell, block, ctx) {
  if (!cell) return [];
  if (cell.type === "rich_text") return richText(cell);
  if (cell.type === "raw_number") return [cell.text ?? String(cell.value)];
  if (cell.type === "action_cell") return (cell.elements ?? []).map((element) => elementNode(element, block, ctx));
  return [cell.text ?? ""];
}

const cellText = (cell) => cell?.text ?? cell?.value ?? JSON.stringify(cell?.elements ?? "");
const views = new Map();

/** A data_table block: sortable, filtered, in pages. What the reader set is kept while the page lives. */
export function dataTable(block, ctx) {
  const key = `${ctx.key}/${block.caption}`;
  if (!views.has(key)) views.set(key, { page: 0, sort: null, down: false, filter: "" });
  return h("div", { class: "data-table" }, pieces(block, ctx, views.get(key)));
}

function pieces(block, ctx, view) {
  const [head = [], ...rows] = block.rows ?? [];
  const size = block.page_size ?? 5;
  const found = arranged(rows, view);
  const pages = Math.max(1, Math.ceil(found.length / size));
  view.page = Math.min(view.page, pages - 1);
  // The holder is looked up at each press: an update may have moved these handlers to older nodes.
  const change = (gesture, wish) => {
    const holder = gesture.currentTarget.closest(".data-table");
    Object.assign(view, wish);
    fill(holder, pieces(block, ctx, view));
  };
  return [
    h("div", { class: "data-head" }, h("strong", {}, block.caption ?? ""), rows.length > size && h("input", {
      type: "search", class: "field field-small", placeholder: "Filter", "aria-label": `Filter ${block.caption ?? "table"}`,
      value: view.filter, oninput: (typed) => change(typed, { filter: typed.currentTarget.value, page: 0 }),
    })),
    scrollBox(block.caption ?? "Table", h("table", { class: "grid" },
      h("thead", {}, h("tr", {}, head.map((cell, column) => headCell(cell, column, view, change)))),
      h("tbody", {}, found.slice(view.page * size, (view.page + 1) * size).map((row) => bodyRow(row, block, ctx))))),
    pages > 1 && pager(view, pages, found.length, change),
  ];
}

function headCell(cell, column, view, change) {
  const sorted = view.sort === column;
  const order = sorted ? (view.down ? "descending" : "ascending") : "none";
  return h("th", { scope: "col", "aria-sort": order }, h("button", {
    type: "button", class: "sorter", onclick: (press) => change(press, { sort: column, down: sorted && !view.down }),
  }, cellNodes(cell), sorted && (view.down ? " ↓" : " ↑")));
}

function bodyRow(row, block, ctx) {
  const header = block.row_header_column_index ?? 0;
  return h("tr", {}, row.map((cell, column) => (column === header
    ? h("th", { scope: "row", class: "row-head" }, cellNodes(cell, block, ctx)) : h("td", {}, cellNodes(cell, block, ctx)))));
}

function arranged(rows, view) {
  const wanted = view.filter.toLowerCase();
  const kept = rows.filter((row) => row.some((cell) => String(cellText(cell)).toLowerCase().includes(wanted)));
  if (view.sort === null) return kept;
  const numeric = kept.every((row) => row[view.sort]?.type === "raw_number");
  const order = numeric ? (a, b) => a[view.sort].value - b[view.sort].value
    : (a, b) => String(cellText(a[view.sort])).localeCompare(String(cellText(b[view.sort])));
  return [...kept].sort((a, b) => (view.down ? order(b, a) : order(a, b)));
}

function pager(view, pages, count, change) {
  const step = (by, words, off) => h("button", {
    type: "button", class: "button button-small", disabled: off, onclick: (press) => change(press, { page: view.page + by }),
  }, words);
  return h("div", { class: "pager" }, step(-1, "Previous", view.page === 0),
    h("span", {}, `Page ${view.page + 1} of ${pages}, ${count} rows`), step(1, "Next", view.page >= pages - 1));
}
