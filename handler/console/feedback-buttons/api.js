// Calls of the API, and the tokens for them.

const TIMEOUT = 15_000; // ms until a request counts as failed

const tokens = new WeakMap(); // by function, then by whom it was called for: the promise of a token

/** voteURL returns the URL of a vote, or null while an id is missing. Without a message the session as a whole is rated. */
export function voteURL(endpoint, assistant, session, message, user) {
  const ids = [assistant, session, message ?? "-"];
  if (ids.some((id) => !id || id === "." || id === "..")) return null; // a browser resolves dots in a path, escaped or not
  const [a, s, m] = ids.map(encodeURIComponent);
  const path = `${endpoint.replace(/\/+$/, "")}/v1/Assistants/${a}/Sessions/${s}${message === null ? "" : "/Messages/" + m}/Feedback`;
  return new URL(path + (user ? "?UserId=" + encodeURIComponent(user) : ""), document.baseURI).href;
}

/** request returns a record, or null where there is none. A function for a token is called with who, and again after a 401. */
export async function request(method, url, body, token, who) {
  const send = async (bearer) => {
    const response = await fetch(url, {
      method,
      body: body && JSON.stringify(body),
      headers: {
        Accept: "application/json",
        ...(body && { "Content-Type": "application/json" }),
        ...(bearer && { Authorization: "Bearer " + bearer }),
      },
      credentials: bearer ? "omit" : "same-origin", // with a token no cookies, and no login prompt of the browser
      keepalive: method !== "GET", // a vote outlives its page
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const text = await response.text();
    return { status: response.status, ok: response.ok, text };
  };
  const first = bearer(token, who);
  let { status, ok, text } = await send(await first);
  if (status === 401 && typeof token === "function") ({ status, ok, text } = await send(await bearer(token, who, first)));
  if (status === 204 || (status === 404 && method !== "PUT")) return null;
  if (ok) return JSON.parse(text);
  throw Object.assign(new Error(`${method} ${url}: ${status} ${text}`), { status });
}

/** bearer returns the token or its promise; a new one if the promise refused was no good. */
function bearer(token, who, refused) {
  if (typeof token !== "function") return token;
  const key = JSON.stringify(who);
  if (!tokens.has(token)) tokens.set(token, new Map());
  const known = tokens.get(token);
  let promise = known.get(key);
  if (!promise || promise === refused) {
    const late = new Promise((_, reject) => setTimeout(reject, TIMEOUT, new Error("the token function takes too long")));
    promise = Promise.race([(async () => token(who))(), late]);
    known.set(key, promise);
    promise.catch(() => { if (known.get(key) === promise) known.delete(key); });
  }
  return promise;
}
