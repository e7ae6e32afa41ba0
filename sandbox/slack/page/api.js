// The page's only door to the stand-in workspace: JSON under /control/ and one stream of changes.

/** The workspace refused or did not answer; the message is a sentence for the reader. */
export class ControlError extends Error {}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/control/${path}`, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch (cause) {
    throw new ControlError("The sandbox does not answer. Is it still running?", { cause });
  }
  const answer = await readJson(response);
  if (!response.ok) throw new ControlError(answer?.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

async function readJson(response) {
  const text = await response.text();
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ControlError(`The sandbox answered ${response.status} without JSON.`, { cause });
  }
}

function query(path, params) {
  const given = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

export const get = (path, params = {}) => call("GET", query(path, params));
export const post = (path, body) => call("POST", path, body);
export const remove = (path) => call("DELETE", path);

/** Follow the workspace's changes; `onDown` hears true when the line is lost and false when it is back. */
export function follow(onChange, onDown) {
  const stream = new EventSource("/control/stream");
  const receive = (message) => onChange(JSON.parse(message.data));
  stream.onmessage = receive;
  stream.addEventListener("change", receive);
  stream.onopen = () => onDown(false);
  stream.onerror = () => onDown(true);
  return stream;
}

/** Run `work` at most once at a time; askings that arrive meanwhile cause exactly one more run. */
export function coalesced(work) {
  let running = false;
  let again = false;
  return async function trigger() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = false;
    }
  };
}
