// A chat with thumbs below each answer: what an application with <feedback-buttons>
// looks like, with its conversation kept in sessionStorage.

import { clear, facts, answering } from "./scenes.js"; // first: it listens to fetch
import { FeedbackButtons } from "../console/feedback-buttons.js";
import { ask, begin, token } from "./chat.js";
import { make, render } from "./text.js";

FeedbackButtons.endpoint = "."; // below whatever prefix this page is
FeedbackButtons.token = token;

const $ = (id) => document.getElementById(id);
const kept = "feedbacks-simulator";
const suggestions = ["How do I mount it?", "Where is feedback kept?", "How does a vote work?", "How do I move from Twilio?", "What does the moon weigh?"];

let state = null; // {assistant_id, assistant, session_id, user, voted, messages: [{role, text, id}]}
let answer = null; // the AbortController of an answer under way

const save = () => {
  try {
    sessionStorage.setItem(kept, JSON.stringify(state));
  } catch {
    // full or forbidden: the conversation lasts until a reload
  }
};

const say = (text) => { $("said").textContent = text; }; // to screen readers

function show() {
  $("user").value = state.user;
  $("welcome").hidden = state.messages.length > 0;
  $("console").href = consoleLink();
  facts([["assistant", state.assistant_id], ["answered by", state.assistant], ["session", state.session_id], ["person", state.user]]);
}

const consoleLink = () => (state.voted ? "console/feedback?" + new URLSearchParams({ Assistant: state.assistant_id, SessionId: state.session_id }) : "console/");

/** Begins a session, or goes on with that of before a reload. */
async function start(fresh) {
  answer?.abort();
  const user = $("user").value.trim() || state?.user || "user:ann";
  state = null;
  if (!fresh) {
    try {
      state = JSON.parse(sessionStorage.getItem(kept));
    } catch {
      // nothing is kept
    }
  }
  $("messages").replaceChildren();
  clear();
  try {
    state ??= { ...(await begin()), user, voted: false, messages: [] };
  } catch (error) {
    $("messages").append(make("li", { class: "alert", role: "alert" }, error.message + " Reload the page to try again."));
    return;
  }
  save();
  show();
  for (const message of state.messages) draw(message, false);
  hint();
  scroll();
}

/** Shows a message; a new one nobody can have rated yet. */
function draw(message, isNew) {
  const body = make("div", { class: "text", dir: "auto" }, ...(message.role === "user" ? [message.text] : render(message.text)));
  const item = make("li", { class: "message " + message.role },
    make("p", { class: "unseen" }, message.role === "user" ? "You:" : "Assistant:"), body);
  $("messages").append(item);
  if (message.role === "assistant" && message.id && message.text) thumbs(item, message, isNew);
  return { item, body };
}

function thumbs(item, message, isNew) {
  const buttons = make("feedback-buttons", { assistant: state.assistant_id, session: state.session_id, message: message.id, user: state.user, correction: "" });
  if (isNew) buttons.feedback = null; // no need to look it up
  const line = make("div", { class: "rate" }, buttons, make("p", { class: "hint quiet" }));
  buttons.addEventListener("feedback-change", ({ detail }) => {
    state.voted = true;
    save();
    show();
    hint();
    tell(line.querySelector(".hint"), detail.feedback);
    line.scrollIntoView({ block: "nearest" });
  });
  buttons.addEventListener("feedback-error", ({ detail }) => { if (detail.action !== "load") hint(); }); // the element says what is wrong
  item.append(line);
}

/** Says what a vote has become, and where to find it. */
function tell(line, vote) {
  line.classList.add("saved");
  if (!vote) {
    line.replaceChildren("Taken back: it is gone from the console, too.");
    return;
  }
  const saved = ["score " + vote.score, ...vote.tags, ...(vote.text ? ["with a note"] : []), ...(vote.correction ? ["with a correction"] : [])].join(", ");
  const link = make("a", { href: consoleLink(), target: "_blank", rel: "noopener" }, "See it in the console", make("span", { class: "unseen" }, " (in a new tab)"));
  line.replaceChildren(`Saved: ${saved}. Press the thumb again to take it back, or the other one to change it. `,
    link, ": sign in with the account and token that the server printed.");
}

/** Points to the thumbs of the last answer until somebody has used them. */
function hint() {
  const lines = [...document.querySelectorAll(".hint")];
  for (const line of lines) {
    line.classList.remove("saved");
    line.replaceChildren();
  }
  if (!state.voted && lines.length) lines.at(-1).textContent = "← Was this helpful?";
}

function scroll() {
  const box = $("conversation");
  if (box.scrollHeight > box.clientHeight + 1) box.scrollTop = box.scrollHeight;
  else $("messages").lastElementChild?.scrollIntoView({ block: "end" });
}

/** Asks, and shows the answer as it comes. */
async function send(text) {
  if (!state || answer) return;
  const history = state.messages.slice(-20).map(({ role, text }) => ({ role, content: text })).filter(({ content }) => content);
  const question = { role: "user", text };
  state.messages.push(question);
  save();
  draw(question);
  const message = { role: "assistant", text: "", id: "" };
  const { item, body } = draw(message);
  item.classList.add("busy");
  show();
  scroll();
  say("The assistant answers.");
  const here = state;
  const mine = answer = new AbortController();
  $("send").textContent = "Stop";
  let failure = "";
  try {
    let step;
    for await (const event of ask({ session_id: state.session_id, message: text, history }, mine.signal)) {
      if (event.type === "start") {
        message.id = event.message_id;
        step = answering(text, message.id);
      } else if (event.type === "text") {
        if (!message.text) step("the first words", event.ms);
        message.text += event.text;
        body.replaceChildren(...render(message.text));
        scroll();
      } else if (event.type === "error") {
        failure = event.text;
        step("failed", event.ms);
      } else if (event.type === "step") {
        step(event.text, event.ms);
      }
    }
  } catch (error) {
    failure = error.name === "AbortError" ? "Stopped." : error.message;
  }
  if (answer === mine) {
    answer = null;
    $("send").textContent = "Send";
  }
  if (state !== here) return; // another session has begun
  item.classList.remove("busy");
  if (failure) item.append(make("p", { class: "alert" }, failure));
  if (message.text) {
    state.messages.push(message);
    thumbs(item, message, true);
    hint();
  }
  save();
  scroll();
  say(failure || "The assistant says: " + message.text.replace(/[`*]/g, ""));
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  if (answer) {
    answer.abort();
    return;
  }
  const text = $("message").value.trim();
  if (!text) return;
  $("message").value = "";
  send(text);
});
$("ask").noValidate = true; // Stop needs no question
$("message").addEventListener("input", ({ target }) => { if (!target.value.trim()) target.value = ""; });
$("message").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!answer) $("ask").requestSubmit();
});

$("who").addEventListener("submit", async (event) => {
  event.preventDefault();
  await start(true);
  say("A new session has begun.");
  $("message").focus();
});
$("user").addEventListener("change", () => { // the same conversation, seen by another person
  const user = $("user").value.trim();
  if (!state || !user) return;
  state.user = user;
  save();
  show();
  hint();
  for (const buttons of document.querySelectorAll("feedback-buttons")) buttons.setAttribute("user", user);
});

for (const text of suggestions) {
  const button = make("button", { type: "button" }, text);
  button.addEventListener("click", () => {
    $("message").focus();
    send(text);
  });
  $("suggestions").append(make("li", {}, button));
}
$("scenes").open = matchMedia("(min-width: 960px)").matches;
start(false);
