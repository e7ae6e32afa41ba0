// Short words to the person at the page: notices, spoken announcements and yes-or-no questions.

import { ControlError } from "./api.js";
import { h } from "./dom.js";
import { textObject } from "./mrkdwn.js";

const SHOWN_MS = 6000;

/** Show a sentence for a few seconds; `kind` is "info" or "wrong". */
export function notify(sentence, kind = "info") {
  const note = h("div", { class: `notice notice-${kind}`, "data-testid": "notice" }, sentence);
  document.getElementById("notices").append(note);
  setTimeout(() => note.remove(), SHOWN_MS);
}

/** Say a sentence to screen readers only. */
export function say(sentence) {
  document.getElementById("announcer").textContent = sentence;
}

/** Run `work`; a refusal by the sandbox becomes a notice and `null`. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    notify(error.message, "wrong");
    return null;
  }
}

/** Ask a confirm object's question; resolves to whether it was confirmed. */
export function confirmed(question) {
  return new Promise((resolve) => {
    let answered = false;
    const answer = (yes) => () => {
      answered = yes;
      dialog.close();
    };
    const dialog = h("dialog", { class: "confirm", "data-testid": "confirm" },
      h("h2", {}, textObject(question.title)),
      h("div", { class: "confirm-text" }, textObject(question.text)),
      h("div", { class: "dialog-foot" },
        h("button", { type: "button", class: "button", "data-testid": "confirm-deny", onclick: answer(false) },
          textObject(question.deny ?? "Cancel")),
        h("button", {
          type: "button", "data-testid": "confirm-yes", onclick: answer(true),
          class: ["button", question.style === "danger" ? "button-danger-full" : "button-primary"],
        }, textObject(question.confirm ?? "Yes"))));
    dialog.onclose = () => {
      dialog.remove();
      resolve(answered);
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}
