// Shows a file that hangs on a message: name, size, download, and a look inside when it is text.

import { h, icon } from "./dom.js";

const PREVIEW_CHARS = 20_000;
const TEXTUAL = /^(text\/|application\/(json|xml|csv|x-ndjson))|\.(txt|csv|json|md|log|ndjson|html|yaml|yml)$/i;

function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** The node for one file object. */
export function fileNode(file) {
  const address = `/control/files/${encodeURIComponent(file.id)}`;
  const name = file.name || file.title || file.id;
  const textual = TEXTUAL.test(file.mimetype ?? "") || TEXTUAL.test(name);
  return h("div", { class: "file", "data-testid": "file", "data-file-id": file.id, "data-key": `f-${file.id}` },
    h("div", { class: "file-card" }, icon("file"),
      h("span", { class: "file-words" },
        h("strong", {}, file.title || name), h("span", { class: "faint" }, `${name} ${size(file.size)}`)),
      h("a", { class: "button button-small", href: address, download: name, "data-testid": "download" }, "Download")),
    textual && h("details", { class: "preview", ontoggle: (fold) => preview(fold.currentTarget, address) },
      h("summary", {}, "Preview"), h("pre", { tabindex: "0", "aria-label": `Preview of ${name}` }, "")));
}

async function preview(fold, address) {
  const place = fold.querySelector("pre");
  if (!fold.open || place.dataset.read) return;
  place.dataset.read = "yes";
  const response = await fetch(address);
  const text = response.ok ? await response.text() : `The file could not be read (${response.status}).`;
  const cut = text.length > PREVIEW_CHARS ? `\n… ${text.length - PREVIEW_CHARS} more characters in the file` : "";
  place.textContent = text.slice(0, PREVIEW_CHARS) + cut;
}
