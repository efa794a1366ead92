/**
 * <feedback-buttons>: thumbs up and down for an assistant's answer, kept by the Feedbacks API.
 *
 * One file without dependencies or a build step: serve it, or copy it.
 *
 *     <script type="module" src="/feedback-buttons.js"></script>
 *     <feedback-buttons assistant="aia_asst_1" session="s1" message="m1"></feedback-buttons>
 *
 * Attributes
 *   assistant, session  required; until both are there the thumbs are disabled
 *   message             the answer that is rated. Without the attribute the session as a whole is; while it is empty, nothing
 *   user                who rates, where the token does not say it
 *   endpoint            what comes before /v1/Assistants in the API's URL; default: nothing, the page's own origin
 *   token               a bearer token; without one, requests to the page's origin carry its cookies
 *   reasons             "tag, tag=Label, …", offered after a thumb down; "" offers only the note
 *   tags                "tag, …" that every vote of this element bears, such as the model that answered
 *   no-dialog           a thumb down asks nothing
 *   text-…              words, by their keys in FeedbackButtons.messages: text-up="Hilfreich"
 *
 * Properties
 *   token      a string, or a function that returns one or a promise of one. It is called with {assistant, session, user}, and
 *              again once after a 401; what it returns serves all elements that have the same function, session and user
 *   reasons    {tag: label} or [tag, …]
 *   messages   words, by the same keys
 *   feedback   the vote as the API has it, or null. Set it before the element is in the page, and the element does not ask for it
 * FeedbackButtons.token, .reasons, .messages and .endpoint are for all elements that have none of their own:
 *
 *     import { FeedbackButtons } from "/feedback-buttons.js";
 *     FeedbackButtons.token = async ({ session }) => (await fetch("/my/token?session=" + encodeURIComponent(session))).text();
 *
 * Method   openDialog() offers reasons and note again, filled in, while the thumb is down
 *
 * Events (bubbling, composed)
 *   feedback-change   the person has voted here and the API has it; detail: {feedback: record|null, previous: record|null}
 *   feedback-error    a request failed; detail: {action: "load"|"save"|"undo", error}, where error.status is that of an answer.
 *                     preventDefault() keeps the element from telling the person
 *
 * Looks   --feedback-size, --feedback-radius, --feedback-up, --feedback-down, --feedback-accent, --feedback-on-accent;
 *         ::part(group, button, up, down, pressed, icon, status, dialog, title, reasons, reason, note, actions, skip, save).
 *         Thumbs take the text colour around them, the dialog the page's color-scheme.
 *
 * The vote is looked up when the element comes near the viewport, and again when another tab changes it.
 *
 * @license MIT
 */

const TIMEOUT = 15_000; // ms until a request counts as failed
const STALE = 60_000; // ms after which a tab that becomes visible asks again

const sheet = new CSSStyleSheet(); // CSP forbids a <style>, but not this
sheet.replaceSync(`
:host {
  --size: var(--feedback-size, 2rem);
  --radius: var(--feedback-radius, .5rem);
  --line: color-mix(in srgb, CanvasText 55%, Canvas);
  display: inline-flex; flex-wrap: wrap; align-items: center; vertical-align: middle;
}
:host([hidden]) { display: none; }
@media (pointer: coarse) { :host { --size: var(--feedback-size, 2.75rem); } }
button, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { cursor: pointer; -webkit-tap-highlight-color: transparent; touch-action: manipulation; }
button:focus-visible, textarea:focus-visible, input:focus-visible + span { outline: 2px solid CanvasText; outline-offset: 2px; }

[part~=group] { display: inline-flex; gap: .125rem; }
[part~=button] {
  display: grid; place-items: center; inline-size: var(--size); block-size: var(--size); padding: 0;
  border: 1px solid transparent; border-radius: var(--radius); background: none;
  color: color-mix(in srgb, currentColor 78%, transparent);
}
[part~=button]:hover { background: color-mix(in srgb, currentColor 12%, transparent); color: inherit; }
[part~=button]:disabled { opacity: .4; cursor: default; }
[part~=button]:focus-visible { outline-color: currentColor; outline-offset: -1px; }
[part~=icon] {
  inline-size: 60%; block-size: 60%; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; pointer-events: none;
}
[part~=pressed] [part~=icon] { fill: currentColor; stroke-width: 1.2; }
[part~=up][part~=pressed], [part~=up][part~=pressed]:hover { color: var(--feedback-up, color-mix(in oklab, currentColor 25%, #12a150)); }
[part~=down][part~=pressed], [part~=down][part~=pressed]:hover { color: var(--feedback-down, color-mix(in oklab, currentColor 25%, #f0364d)); }
[part~=pressed] { background: color-mix(in srgb, currentColor 13%, transparent); }
[part~=status] { font-size: .875em; line-height: 1.4; }
[part~=status]:not(:empty) { margin-inline-start: .5em; }

/* The dialog is laid over the page, yet inherits from where the element is. */
dialog {
  box-sizing: border-box; inline-size: min(27rem, 100vw - 2rem); max-inline-size: none; max-block-size: calc(100dvh - 2rem);
  margin: auto; padding: 1.25rem; overflow: auto; overscroll-behavior: contain; visibility: visible; pointer-events: auto; cursor: auto;
  border: 1px solid color-mix(in srgb, CanvasText 18%, Canvas); border-radius: calc(2 * var(--radius));
  background: Canvas; color: CanvasText; box-shadow: 0 1px 2px rgb(0 0 0 / .2), 0 1rem 3rem rgb(0 0 0 / .3);
  font-size: 1rem; font-style: normal; font-weight: 400; line-height: 1.4; letter-spacing: normal;
  text-align: start; text-transform: none; text-shadow: none; white-space: normal;
}
dialog::backdrop { background: rgb(0 0 0 / .45); }
form { display: grid; gap: 1rem; }
p { margin: 0; }
[part~=title] { font-size: 1.125rem; font-weight: 600; }
fieldset { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; padding: 0; border: 0; min-inline-size: 0; }
legend { position: absolute; inline-size: 1px; block-size: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.reason { position: relative; display: inline-flex; max-inline-size: 100%; }
.reason input { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; margin: 0; opacity: 0; cursor: pointer; }
[part~=reason] { padding: .375rem .875rem; border: 1px solid var(--line); border-radius: 99rem; overflow-wrap: anywhere; }
.reason:hover [part~=reason] { background: color-mix(in srgb, CanvasText 8%, Canvas); }
.reason input:checked + [part~=reason], [part~=save] {
  border-color: transparent; background: var(--feedback-accent, CanvasText); color: var(--feedback-on-accent, Canvas);
}
.note { display: grid; gap: .375rem; }
[part~=note] {
  box-sizing: border-box; inline-size: 100%; min-block-size: 5.5rem; padding: .5rem .75rem; resize: vertical;
  border: 1px solid var(--line); border-radius: var(--radius); background: transparent;
}
[part~=actions] { display: flex; flex-wrap: wrap; justify-content: end; gap: .5rem; }
[part~=actions] button { min-block-size: 2.5rem; padding: .375rem 1.125rem; border: 1px solid transparent; border-radius: var(--radius); font-weight: 600; }
[part~=skip] { background: none; }
[part~=skip]:hover { background: color-mix(in srgb, CanvasText 8%, Canvas); }
[part~=save]:hover { opacity: .88; }
[part~=actions] [part~=status] { flex: 1 1 100%; margin: 0; }
[part~=actions] [part~=status]:empty { flex-basis: 0; }

@media (prefers-reduced-motion: no-preference) {
  [part~=button], [part~=reason] { transition: color .12s, background-color .12s; }
  [part~=button]:active [part~=icon] { transform: scale(.88); }
  dialog[open] { transition: opacity .15s, translate .15s; @starting-style { opacity: 0; translate: 0 .5rem; } }
}
@media (forced-colors: active) {
  [part~=button], [part~=actions] button { border-color: ButtonText; }
  [part~=pressed], .reason input:checked + [part~=reason], [part~=actions] [part~=save] {
    forced-color-adjust: none; border-color: Highlight; background: Highlight !important; color: HighlightText !important;
  }
}
`);

/** make makes an element; without innerHTML, so that Trusted Types can be enforced. */
function make(name, attributes, ...children) {
  const svg = name === "svg" || name === "path";
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** thumb is 1 for a vote above the middle, 0 for one below it, else null. */
const thumb = (vote) => (!vote || vote.score === 0.5 ? null : Number(vote.score > 0.5));

/** list splits "a, b" into ["a", "b"]. */
const list = (text) => (text ?? "").split(",").map((item) => item.trim()).filter(Boolean);

const elements = new Set(); // those in the page
const tokens = new WeakMap(); // by function, then by whom it was called for: the promise of a token
let channel; // to the other tabs: it carries the URL of what has changed and no more, since they may be another person's
try {
  channel = new BroadcastChannel("feedback-buttons");
} catch {
  // this browser keeps its tabs apart
}

const english = {
  answer: "Rate this answer", // names the two thumbs
  conversation: "Rate this conversation", // names them where there is no message
  up: "Helpful",
  down: "Not helpful",
  title: "What went wrong?",
  reasons: "Reasons",
  note: "Anything to add? (optional)",
  skip: "Skip",
  save: "Send",
  thanks: "Thank you for telling us.",
  failed: "That was not saved. Please try again.",
  denied: "You cannot rate this. Please reload the page.",
};

export class FeedbackButtons extends HTMLElement {
  static #words = english;
  static #watcher;
  static get messages() { return FeedbackButtons.#words; }
  static set messages(words) {
    FeedbackButtons.#words = { ...english, ...words };
    for (const element of elements) element.#label();
  }
  static reasons = {
    incorrect: "Incorrect", unhelpful: "Not what I asked", incomplete: "Incomplete", "too slow": "Too slow", other: "Something else",
  };
  static token = null;
  static endpoint = "";

  static observedAttributes = [
    "assistant", "session", "message", "user", "endpoint", "token", ...Object.keys(english).map((key) => "text-" + key),
  ];

  static {
    // An observer calls back only while the tab is visible, and once more for what it begins to observe anew.
    FeedbackButtons.#watcher = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) target.#load();
    }, { rootMargin: "200px" });
    channel?.addEventListener("message", ({ data }) => {
      for (const element of elements) if (element.#url === data) element.#refresh();
    });
    document.addEventListener("visibilitychange", () => {
      const before = Date.now() - STALE;
      for (const element of elements) if (!document.hidden && element.#known < before) element.#refresh();
    });
  }

  #record = null; // the vote as the API last had it
  #known = 0; // when that was
  #given = false; // whether the page set it
  #identity; // the URL that the record is of
  #loading = null; // the promise of a GET
  #pending = null; // the URL that a PUT or DELETE is on its way to
  #token = null;
  #messages = null;
  #reasons = null;
  #dialog = null;
  #group = make("div", { role: "group", part: "group" });
  #thumbs = [this.#thumb(0), this.#thumb(1)]; // by their score
  #status = make("span", { role: "status", part: "status" });

  constructor() {
    super();
    this.#group.append(this.#thumbs[1], this.#thumbs[0]);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#group, this.#status);
    root.addEventListener("keydown", (event) => { // a held key neither votes again nor sends the dialog that it has opened
      if (event.repeat && event.key === "Enter" && event.target.localName !== "textarea") event.preventDefault();
    }, { capture: true });
  }

  #thumb(score) {
    const icon = make("svg", { viewBox: "0 0 24 24", part: "icon", "aria-hidden": "true" },
      make("path", {
        transform: score ? "" : "rotate(180 12 12)",
        d: "M7.5 11l3.9-7.9a2.7 2.7 0 0 1 2.4 3.6l-1.1 2.8h5.7a2.2 2.2 0 0 1 2.1 2.8l-1.8 6.6a2.2 2.2 0 0 1-2.1 1.6H5.2A2.2 2.2 0 0 1 3 18.3v-5.1A2.2 2.2 0 0 1 5.2 11h2.3v9.5",
      }));
    const button = make("button", { type: "button", part: "button " + (score ? "up" : "down"), "aria-pressed": "false" }, icon);
    button.addEventListener("click", ({ detail }) => { if (detail < 2) this.#press(score); }); // 2 is a double click's second
    return button;
  }

  connectedCallback() {
    for (const name of ["token", "messages", "reasons", "feedback"]) {
      if (!Object.hasOwn(this, name)) continue; // set before this class was defined
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    elements.add(this);
    this.#identify();
  }

  disconnectedCallback() {
    elements.delete(this);
    FeedbackButtons.#watcher.unobserve(this);
    this.#dialog?.remove();
    this.#dialog = null;
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !elements.has(this)) return;
    if (name.startsWith("text-")) this.#label();
    else this.#identify();
  }

  get token() { return this.#token ?? this.getAttribute("token") ?? FeedbackButtons.token; }
  set token(value) {
    this.#token = value;
    if (elements.has(this)) this.#refresh();
  }

  get messages() { return this.#messages; }
  set messages(value) {
    this.#messages = value;
    this.#label();
  }

  get reasons() { return this.#reasons ?? this.getAttribute("reasons") ?? FeedbackButtons.reasons; }
  set reasons(value) { this.#reasons = value; }

  get feedback() { return this.#record; }
  set feedback(value) {
    this.#given = this.#identity === undefined;
    this.#settle(this.#url, value ?? null);
  }

  /** The URL of the vote, or null while an id is missing. */
  get #url() {
    const [assistant, session, message, user] = ["assistant", "session", "message", "user"].map((name) => this.getAttribute(name));
    const ids = [assistant, session, message ?? "-"];
    if (ids.some((id) => !id || id === "." || id === "..")) return null; // a browser resolves dots in a path, escaped or not
    const [a, s, m] = ids.map(encodeURIComponent);
    const endpoint = (this.getAttribute("endpoint") ?? FeedbackButtons.endpoint).replace(/\/+$/, "");
    const path = `${endpoint}/v1/Assistants/${a}/Sessions/${s}${message === null ? "" : "/Messages/" + m}/Feedback`;
    return new URL(path + (user ? "?UserId=" + encodeURIComponent(user) : ""), document.baseURI).href;
  }

  #word(key) {
    return this.getAttribute("text-" + key) ?? this.#messages?.[key] ?? FeedbackButtons.messages[key];
  }

  #label() {
    this.#group.setAttribute("aria-label", this.#word(this.hasAttribute("message") ? "answer" : "conversation"));
    for (const [score, key] of ["down", "up"].entries()) {
      this.#thumbs[score].setAttribute("aria-label", this.#word(key));
      this.#thumbs[score].title = this.#word(key);
    }
  }

  /** Forgets the vote if the attributes now name another, and looks up what is not known. */
  #identify() {
    const url = this.#url;
    if (this.#identity !== undefined && this.#identity !== url) {
      this.#record = this.#loading = this.#pending = null;
      this.#dialog?.close();
      this.#say("");
      this.#show(null);
    }
    this.#identity = url;
    this.#label();
    for (const button of this.#thumbs) button.disabled = !url;
    if (!this.#given) this.#refresh();
    this.#given = false;
  }

  /** Looks the vote up as soon as somebody can see it. */
  #refresh() {
    FeedbackButtons.#watcher.unobserve(this);
    FeedbackButtons.#watcher.observe(this);
  }

  #load() {
    FeedbackButtons.#watcher.unobserve(this);
    const url = this.#url;
    if (!url || this.#pending === url) return; // the answer to come is newer
    const loading = this.#request("GET", url)
      .then(
        (record) => this.#loading === loading && this.#settle(url, record),
        (error) => this.#loading === loading && this.#emit("feedback-error", { action: "load", error }),
      )
      .finally(() => { if (this.#loading === loading) this.#loading = null; });
    this.#loading = loading;
  }

  /** A thumb was pressed: vote, or take the vote back if it is this one. */
  async #press(score) {
    const url = this.#url;
    if (!url || this.#pending === url) return;
    this.#thumbs[score].focus({ preventScroll: true }); // Safari does not focus what is clicked
    const vote = thumb(this.#record) === score ? null : { score };
    const saved = await this.#write(vote);
    const stayed = this.#url === url && this.shadowRoot.activeElement; // who types elsewhere by now is not interrupted
    if (saved && vote?.score === 0 && stayed && !this.hasAttribute("no-dialog")) this.openDialog();
  }

  /** Saves a vote, or takes it back if it is null, and says whether that worked. */
  async #write(vote) {
    const url = this.#url;
    this.#pending = url;
    this.#say("");
    this.#show(vote);
    await this.#loading; // what was pressed before it was known is not taken back
    const previous = this.#record;
    try {
      if (vote && !vote.tags && thumb(previous) === vote.score) {
        this.#settle(url, previous, true);
        return true;
      }
      const tags = [...new Set([...(vote?.tags ?? []), ...list(this.getAttribute("tags"))])].slice(0, 10);
      const record = await (vote ? this.#request("PUT", url, { ...vote, tags }) : this.#request("DELETE", url));
      this.#settle(url, record, true);
      for (const other of elements) {
        if (other === this || other.#url !== url) continue;
        if (other.token === this.token) other.#settle(url, record);
        else other.#refresh();
      }
      channel?.postMessage(url);
      this.#emit("feedback-change", { feedback: record, previous });
      return true;
    } catch (error) {
      const denied = error.status === 401 || error.status === 403;
      const tell = this.#emit("feedback-error", { action: vote ? "save" : "undo", error });
      if (this.#url === url && tell) this.#say(this.#word(denied ? "denied" : "failed"));
      this.#settle(url, previous, true);
      this.#known = 0; // it may have been saved all the same
      return false;
    }
  }

  /** Takes in a record of url, unless it is no longer wanted: own says that it ends what is pending. */
  #settle(url, record, own = false) {
    if (this.#url !== url) return;
    if (own) this.#pending = null;
    this.#loading = null;
    this.#record = record;
    this.#known = Date.now();
    if (!this.#pending) this.#show(record);
  }

  /** Calls the API: a record, or null where there is none. */
  async #request(method, url, body) {
    const send = async (token) => {
      const response = await fetch(url, {
        method,
        body: body && JSON.stringify(body),
        headers: {
          Accept: "application/json",
          ...(body && { "Content-Type": "application/json" }),
          ...(token && { Authorization: "Bearer " + token }),
        },
        credentials: token ? "omit" : "same-origin", // with a token no cookies, and no login prompt of the browser
        keepalive: method !== "GET", // a vote outlives its page
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const text = await response.text();
      return { status: response.status, ok: response.ok, text };
    };
    const token = this.#bearer();
    let { status, ok, text } = await send(await token);
    if (status === 401 && typeof this.token === "function") ({ status, ok, text } = await send(await this.#bearer(token)));
    if (status === 204 || (status === 404 && method !== "PUT")) return null;
    if (ok) return JSON.parse(text);
    throw Object.assign(new Error(`${method} ${url}: ${status} ${text}`), { status });
  }

  /** Returns the token or its promise; a new one if the promise refused was no good. */
  #bearer(refused) {
    const get = this.token;
    if (typeof get !== "function") return get;
    const who = { assistant: this.getAttribute("assistant"), session: this.getAttribute("session"), user: this.getAttribute("user") };
    const key = JSON.stringify(who);
    if (!tokens.has(get)) tokens.set(get, new Map());
    const known = tokens.get(get);
    let token = known.get(key);
    if (!token || token === refused) {
      const late = new Promise((_, reject) => setTimeout(reject, TIMEOUT, new Error("the token function takes too long")));
      token = Promise.race([(async () => get(who))(), late]);
      known.set(key, token);
      token.catch(() => { if (known.get(key) === token) known.delete(key); });
    }
    return token;
  }

  #show(vote) {
    for (const [score, button] of this.#thumbs.entries()) {
      button.setAttribute("aria-pressed", String(thumb(vote) === score));
      button.part.toggle("pressed", thumb(vote) === score);
    }
  }

  #say(text) {
    (this.#dialog?.querySelector("[role=status]") ?? this.#status).textContent = text;
  }

  #emit(name, detail) {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
  }

  openDialog() {
    if (this.#dialog || !this.isConnected || thumb(this.#record) !== 0) return;
    const { tags = [], text = "" } = this.#record;
    const offered = new Map(
      typeof this.reasons === "string" ? list(this.reasons).map((item) => item.split("=").map((part) => part.trim()))
        : Array.isArray(this.reasons) ? this.reasons.map((tag) => [tag]) : Object.entries(this.reasons));
    const reasons = make("fieldset", { part: "reasons" }, make("legend", {}, this.#word("reasons")));
    for (const [tag, label = tag] of offered) {
      const box = make("input", { type: "checkbox", value: tag });
      box.checked = tags.includes(tag);
      reasons.append(make("label", { class: "reason" }, box, make("span", { part: "reason", dir: "auto" }, label)));
    }
    const note = make("textarea", { part: "note", rows: "3", maxlength: "10000", dir: "auto" });
    note.value = text;
    const skip = make("button", { type: "button", part: "skip" }, this.#word("skip"));
    const form = make("form", { method: "dialog" },
      make("p", { id: "title", part: "title" }, this.#word("title")),
      ...(offered.size ? [reasons] : []),
      make("label", { class: "note" }, this.#word("note"), note),
      make("div", { part: "actions" },
        make("p", { role: "status", part: "status" }), skip, make("button", { part: "save" }, this.#word("save"))));
    const dialog = this.#dialog = make("dialog", { part: "dialog", "aria-labelledby": "title" }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (this.#pending) return;
      const kept = tags.filter((tag) => !offered.has(tag)); // those of the host
      const chosen = [...form.querySelectorAll(":checked")].map((box) => box.value);
      if (!(await this.#write({ score: 0, tags: [...kept, ...chosen], text: note.value.trim() })) || !dialog.open) return;
      dialog.close();
      this.#status.textContent = this.#word("thanks");
    });
    skip.addEventListener("click", () => dialog.close());
    for (const type of ["keydown", "keypress", "keyup"]) { // what is typed is not for the page's shortcuts
      dialog.addEventListener(type, (event) => event.stopPropagation());
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      this.#dialog = null;
      this.#thumbs[0].focus({ preventScroll: true });
    });
    this.shadowRoot.append(dialog);
    dialog.showModal();
  }
}

if (!customElements.get("feedback-buttons")) customElements.define("feedback-buttons", FeedbackButtons);
