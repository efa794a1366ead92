// What the page and <feedback-buttons> send and get, for the panel: this wraps the
// page's fetch. Tokens are secrets, and not shown.

const original = globalThis.fetch;
const listeners = [];

/** onCall calls f with {method, path, headers, body, status, answer, error, ms} after each call of the API, and for a session or a token. */
export const onCall = (f) => listeners.push(f);

const shown = (url) => url.pathname.includes("/v1/Assistants/") || /\/simulator\/(session|token)$/.test(url.pathname);

globalThis.fetch = async (input, init = {}) => {
  const url = new URL(input instanceof Request ? input.url : input, document.baseURI);
  if (!shown(url)) return original(input, init);
  const began = performance.now();
  const call = {
    method: init.method ?? "GET", path: url.pathname + url.search, body: parse(init.body), status: 0, answer: null,
    headers: Object.entries(init.headers ?? {}).filter(([name]) => name !== "Accept")
      .map(([name, value]) => [name, name === "Authorization" ? "Bearer [token]" : value]),
  };
  try {
    const response = await original(input, init);
    call.status = response.status;
    call.ms = performance.now() - began;
    response.clone().text().then((text) => { call.answer = redact(parse(text)); }, () => {}).then(() => tell(call));
    return response;
  } catch (error) {
    tell({ ...call, error: error.message, ms: performance.now() - began });
    throw error;
  }
};

const tell = (call) => listeners.forEach((f) => f(call));

function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return text;
  }
}

const redact = (answer) => (answer?.token ? { ...answer, token: "[token]" } : answer);
