// The app's Home tab as the acting person sees it.

import { viewContext } from "./actions.js";
import { get, post } from "./api.js";
import { blockNodes } from "./blocks.js";
import { fill, h } from "./dom.js";
import { attempt } from "./notices.js";
import { store } from "./store.js";

/** Draw the Home tab into `root`; on arriving, the app hears that it was opened. */
export async function drawHome(root, { arriving }) {
  const user = store.me;
  if (arriving) {
    fill(root);
    await attempt(() => post("home", { user }));
  }
  const view = await attempt(() => get("home", { user }));
  if (user !== store.me) return;
  fill(root, view
    ? h("div", { class: "home-page", "data-testid": "home-view" }, blockNodes(view.blocks, viewContext(view, "home")))
    : h("p", { class: "feed-empty" }, "The app has not published its Home tab for you yet."));
}
