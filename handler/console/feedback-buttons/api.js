// Calls of the API, and the tokens for them.

const TIMEOUT = 15_000; // ms until a request, or a token function, counts as failed

const tokens = new Map(); // of functions, by where they are for: the promise of a token

/**
 * place returns where a vote is: {vote, votes: the URLs of it and of all in its session, message: its id or "", who: {assistant,
 * session, user}}, or null while an id is missing. Without a message the session as a whole is rated.
 */
export function place(endpoint, assistant, session, message, user) {
  const ids = [assistant, session, message ?? "-"];
  if (ids.some((id) => !id || id === "." || id === "..")) return null; // a browser resolves dots in a path, escaped or not
  const [a, s, m] = ids.map(encodeURIComponent);
  const base = `${endpoint.replace(/\/+$/, "")}/v1/Assistants/${a}/Sessions/${s}/`;
  const url = (name) => new URL(base + name + (user ? "?UserId=" + encodeURIComponent(user) : ""), document.baseURI).href;
  const vote = url(message === null ? "Feedback" : `Messages/${m}/Feedback`);
  return { vote, votes: url("Feedbacks"), message: message ?? "", who: { assistant, session, user } };
}

/** request returns what the API answers, or null where there is nothing. A token function is asked again after a 401. */
export async function request(method, url, body, token, place) {
  let answer = await send(method, url, body, token, place);
  if (answer.status === 401 && typeof token === "function") answer = await send(method, url, body, token, place);
  const { status, ok, text } = answer;
  if (status === 204 || (status === 404 && method !== "PUT")) return null;
  if (ok) return JSON.parse(text);
  throw Object.assign(new Error(`${method} ${url}: ${status} ${text}`), { status });
}

/** send forgets the token of a function unless an answer comes that has no fault to find with it. */
async function send(method, url, body, token, place) {
  const given = typeof token === "function" ? ask(token, place) : token;
  try {
    const bearer = given === null ? null : checked(await given);
    const response = await fetch(url, {
      method,
      body: body && JSON.stringify(body),
      headers: {
        Accept: "application/json",
        ...(body && { "Content-Type": "application/json" }),
        ...(bearer && { Authorization: "Bearer " + bearer }),
      },
      credentials: bearer ? "omit" : "same-origin", // with a token no cookies, and no login prompt of the browser
      cache: "no-store", // else a browser has a second look-up wait for the first
      keepalive: method !== "GET", // a vote outlives its page
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const text = await response.text();
    if (response.status === 401) forget(given, place);
    return { status: response.status, ok: response.ok, text };
  } catch (error) {
    forget(given, place);
    throw error;
  }
}

/** ask returns the promise of a function's token: one for a place, whichever function is asked. */
function ask(token, { votes, who }) {
  if (!tokens.has(votes)) {
    const late = new Promise((_, reject) => setTimeout(reject, TIMEOUT, new Error("the token function takes too long")));
    tokens.set(votes, Promise.race([(async () => token(who))(), late]));
  }
  return tokens.get(votes);
}

/** forget lets the function be asked again, unless that has been done. */
function forget(given, { votes }) {
  if (tokens.get(votes) === given) tokens.delete(votes);
}

/** forgetTokens has every function asked again. */
export const forgetTokens = () => tokens.clear();

/** checked returns a token without the space around it. What is none, such as the page of an error, is not sent. */
function checked(token) {
  const bearer = typeof token === "string" ? token.trim() : "";
  if (!/^[\w.~+/-]+=*$/.test(bearer)) throw new Error("there is no token: it must be a string as RFC 6750 has it");
  return bearer;
}
