// Builds and patches DOM nodes. Text only ever enters as text, so nothing a message says can become markup.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "selected"]);

/**
 * An element with properties, handlers (on...) and children; strings become text nodes, empty children vanish.
 * A handler that returns false would cancel its event, so handlers return nothing or a promise.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) assign(node, name, value);
  node.append(...flat(children));
  return node;
}

function assign(node, name, value) {
  if (value === undefined || value === null) return;
  if (name.startsWith("on")) node[name] = value;
  else if (name === "class") node.className = Array.isArray(value) ? value.filter(Boolean).join(" ") : value;
  else if (PROPERTIES.has(name)) node[name] = value;
  else if (value === true) node.setAttribute(name, "");
  else if (value !== false) node.setAttribute(name, String(value));
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(visible(String(child)))));
}

// Controls that hide or reorder text (ESC, NUL, bidi overrides) are shown as signs, never obeyed.
const TRICKS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function visible(text) {
  return text.replace(TRICKS, (sign) => `\u27e8U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`);
}

const SHAPES = {
  check: "M3.5 8.5 6.5 11.5 12.5 4.5",
  cross: "M4 4 12 12M12 4 4 12",
  alert: "M8 3.5V9M8 12.2V12.4",
  dots: "M3 8h.01M8 8h.01M13 8h.01",
  reply: "M6.5 3 2.5 7l4 4M3 7h6.5a4 4 0 0 1 4 4v2",
  bolt: "M9 1.5 3.5 9H8L7 14.5 12.5 7H8Z",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  pulse: "M1.5 8.5h3l2-5 3 9 2-4h3",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  send: "M2.5 8h9M8 4l4 4-4 4",
  file: "M4 1.5h5.5L12.5 5v9.5H4ZM9.5 1.5V5h3",
  lock: "M4.5 7.5V5.5a3.5 3.5 0 0 1 7 0v2M3.5 7.5h9v6h-9Z",
  home: "M2.5 7.5 8 2.5l5.5 5M4 6.5v7h8v-7",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8M8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6",
  down: "M4 6l4 4 4-4",
};

/** A line drawing that screen readers skip; words beside it carry the meaning. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

const GESTURES = ["onclick", "onchange", "oninput", "onkeydown", "onsubmit", "ontoggle", "onfocus", "onblur"];
// What the person at the page set must survive an update: open folds, typed text, chosen options, scroll offsets.
const KEPT = new Set(["open"]);

/** Make `from` look like `to`, touching only what differs, so focus, selection and open folds survive. */
export function morph(from, to) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !KEPT.has(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (!KEPT.has(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const name of GESTURES) if (from[name] !== to[name]) from[name] = to[name];
  if ("disabled" in to && from.disabled !== to.disabled) from.disabled = to.disabled;
  morphChildren(from, [...to.childNodes]);
}

function morphChildren(parent, wanted) {
  const keyed = new Map();
  for (const child of parent.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
  let place = parent.firstChild;
  for (const next of wanted) {
    if (next === place) {
      place = place.nextSibling;
      continue;
    }
    const match = keyOf(next) ? keyed.get(keyOf(next)) : sameKind(place, next) ? place : null;
    if (match && sameKind(match, next)) {
      if (match === place) place = place.nextSibling;
      else parent.insertBefore(match, place);
      if (match !== next) patch(match, next);
    } else {
      parent.insertBefore(next, place);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

function patch(node, next) {
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== next.data) node.data = next.data;
  } else {
    morph(node, next);
  }
}

function keyOf(node) {
  return node?.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
}

function sameKind(node, next) {
  return Boolean(node) && node.nodeName === next.nodeName && keyOf(node) === keyOf(next);
}

/** Replace a container's children by morphing. */
export function fill(container, ...children) {
  morphChildren(container, flat(children));
}
