// The Simulator's own calls: sessions, tokens and answers.

/** call posts JSON and returns the answer, or throws an error with words for people. */
async function call(path, body, signal) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer.");
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new Error(answer.message ?? `The server answered ${response.status}.`);
}

/** begin returns the ids of a new session. */
export const begin = async () => (await call("simulator/session", {})).json();

/** token gets a token for <feedback-buttons>: for one person and session. Account credentials never come here. */
export async function token({ session, user }) {
  return (await (await call("simulator/token", { session_id: session, user_id: user })).json()).token;
}

/** ask yields the events of an answer: {type: "start"|"step"|"text"|"error"|"end", …}. */
export async function* ask(question, signal) {
  const response = await call("simulator/chat", question, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let ended = false; ;) {
    const { value, done } = await reader.read();
    if (done && !ended) throw new Error("The answer broke off.");
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const event = JSON.parse(line);
      ended ||= event.type === "end" || event.type === "error";
      yield event;
    }
  }
}
