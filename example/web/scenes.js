// The panel that shows what happens behind the scenes, newest first.

import { make } from "./text.js";
import { onCall } from "./wire.js";

const events = document.querySelector("#events");
const most = 60; // entries that are kept

const took = (ms) => (ms < 10 ? ms.toFixed(1) : Math.round(ms)) + " ms";

/** facts shows ids: [[name, value], …]. */
export function facts(list) {
  document.querySelector("#facts").replaceChildren(
    ...list.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, make("code", { dir: "auto" }, value)))));
}

export const clear = () => events.replaceChildren();

function add(entry) {
  events.prepend(entry);
  while (events.childElementCount > most) events.lastElementChild.remove();
}

/** answering shows the steps of an answer as they come. */
export function answering(question, messageID) {
  const steps = make("ol", { class: "steps" });
  add(make("li", { class: "event" },
    make("p", { class: "what" }, make("span", { class: "method" }, "Answer"), " ", make("span", { dir: "auto" }, question)),
    make("p", { class: "quiet" }, "message ", make("code", {}, messageID)), steps));
  return (step, ms) => steps.append(make("li", {}, make("span", {}, step), make("span", { class: "ms" }, took(ms))));
}

const pretty = (value) => (typeof value === "string" ? value
  : JSON.stringify(value, null, 2).replaceAll(/\[\s+("[^"\\]*"(,\s+"[^"\\]*")*)\s+\]/g, (_, list) => "[" + list.replaceAll(/,\s+/g, ", ") + "]"));

onCall(({ method, path, headers, body, status, answer, error, ms }) => {
  const write = method === "PUT" || method === "DELETE";
  if (write) for (const open of events.querySelectorAll("details[open]")) open.open = false; // the newest matters
  const ok = status < 400 || (status === 404 && method === "GET"); // no vote yet is no failure
  const details = make("details", {},
    make("summary", {},
      make("span", { class: "method" }, method), " ",
      make("span", { class: ok ? "code good" : "code bad" }, error ? "failed" : String(status)), " ",
      make("span", { class: "ms" }, took(ms)), " ",
      make("code", { class: "path" }, path.replaceAll(/([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "$1…"))),
    block("Request", [`${method} ${path}`, ...headers.map((h) => h.join(": ")), ...(body ? ["", pretty(body)] : [])].join("\n")),
    block("Answer", error ?? [explain(method, status), ...(answer ? [pretty(answer)] : [])].join("\n\n")));
  details.open = write;
  add(make("li", { class: "event" }, details));
});

const block = (title, text) => make("div", {}, make("h3", {}, title), make("pre", { tabindex: "0", "aria-label": title }, make("code", {}, text)));

function explain(method, status) {
  const means = {
    200: method === "PUT" ? "the vote was changed" : "", 201: method === "PUT" ? "there was none before" : "",
    204: "taken back", 404: method === "GET" ? "no vote yet" : "",
  }[status];
  return String(status) + (means ? " – " + means : "");
}
