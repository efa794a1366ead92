/**
 * <feedback-buttons>: thumbs up and down for an assistant's answer, kept by the Feedbacks API.
 *
 * Without dependencies or a build step: the console serves it, or copy its folder, or make a package of that with npm pack. To import
 * it on a server does nothing.
 *
 *     <script type="module" src="/feedback-buttons/feedback-buttons.js"></script>
 *     <feedback-buttons assistant="aia_asst_1" session="s1" message="m1"></feedback-buttons>
 *
 * Attributes
 *   assistant, session  required; until both are there nothing is asked for, and the thumbs are disabled
 *   message             the answer that is rated; while it is empty, nothing. Without the attribute the session as a whole is
 *   user                who rates, where the token does not say it
 *   endpoint            what comes before /v1/Assistants in the API's URL; default: nothing, the page's own origin
 *   token               a bearer token; while it is empty, nothing. Without it requests to the page's origin carry its cookies
 *   reasons             "tag, tag=Label, …", offered after a thumb down; "" offers only the note. Others than those that the element
 *                       has need to be in the host's Options.VisitorTags
 *   tags                "tag, …" that every vote of this element bears, such as the page's name; in Options.VisitorTags too. Which model
 *                       answered, with which prompt, is not for a page to say, where it could be forged: the host's server adds it
 *   maxlength           the most that a note or a correction may hold, in UTF-16 units; as Options.MaxText. Default: 10000
 *   correction          a thumb down also asks what the answer should have been. Without it a correction that is there is kept
 *   no-dialog           a thumb down asks nothing
 *   text-…              words in the page's language, by their keys in FeedbackButtons.messages: text-up="Hilfreich". The element
 *                       runs from right to left where the page does, or has dir="rtl"
 *
 * Properties
 *   token      a string, or a function that returns one or a promise of one. It is called with {assistant, session, user}; what it
 *              returns serves all elements with these, whatever their functions, until a 401 or a failure, and is then asked for again.
 *              Where it returns no token (RFC 6750), nothing is sent. Two people in one page need a user attribute each
 *   reasons    {tag: label} or [tag, …]
 *   messages   words, by the same keys
 *   feedback   the vote as the API has it, or null. Set it before the element is in the page, and the element does not ask for it
 * FeedbackButtons.token, .reasons, .messages, .maxlength and .endpoint are for all elements that have none of their own. To set .token
 * forgets all that functions have returned: do so when somebody else has logged in.
 *
 *     import { FeedbackButtons } from "/feedback-buttons/feedback-buttons.js";
 *     FeedbackButtons.token = async ({ session }) => (await fetch("/my/token?session=" + encodeURIComponent(session))).text();
 *
 * Method   openDialog() asks again, filled in, while the thumb is down
 *
 * Events (bubbling, composed)
 *   feedback-change   the person has voted here and the API has it; detail: {feedback: record|null, previous: record|null}
 *   feedback-error    a request failed; detail: {action: "load"|"save"|"undo", error}, where error.status is that of an answer.
 *                     preventDefault() keeps the element from telling the person
 *
 * Looks   --feedback-size, --feedback-radius, --feedback-up, --feedback-down, --feedback-accent, --feedback-on-accent;
 *         ::part(group, button, up, down, pressed, icon, status, dialog, title, reasons, reason, note, correction, actions, skip, save).
 *         Thumbs take the text colour around them, the dialog the page's color-scheme.
 *
 * The votes of a session are looked up together, when the first of its elements comes near the viewport, and again when another tab
 * changes one, or after a minute when an element appears or the tab is looked at. Without a user, full access has them looked up
 * one by one.
 *
 * @license MIT
 */

import { forgetTokens, place, request } from "./api.js";
import { ask } from "./dialog.js";
import { list, make } from "./dom.js";
import { sheet } from "./style.js";
import { find, forgetVotes, isStale, learn } from "./votes.js";
import { english, reasons } from "./words.js";

/** thumb is 1 for a vote above the middle, 0 for one below it, else null. */
const thumb = (vote) => (!vote || vote.score === 0.5 ? null : Number(vote.score > 0.5));

/** same says whether two tokens are the same caller's: functions are asked for the same, and React has a new one at each render. */
const same = (a, b) => a === b || (typeof a === "function" && typeof b === "function");

const elements = new Set(); // those in the page
const inBrowser = Boolean(globalThis.customElements && globalThis.IntersectionObserver); // else this is imported to render on a server
let watcher; // looks up what comes near the viewport
let channel; // to the other tabs: it carries the URL of what has changed and no more, since they may be another person's
try {
  if (inBrowser) channel = new BroadcastChannel("feedback-buttons");
} catch {
  // this browser keeps its tabs apart
}

export class FeedbackButtons extends (globalThis.HTMLElement ?? Object) {
  static #words = english;
  static get messages() { return FeedbackButtons.#words; }
  static set messages(words) {
    FeedbackButtons.#words = { ...english, ...words };
    for (const element of elements) element.#label();
  }
  static reasons = reasons;
  static #shared = null;
  static get token() { return FeedbackButtons.#shared; }
  static set token(value) {
    FeedbackButtons.#shared = value;
    forgetTokens();
    FeedbackButtons.#anew(elements);
  }
  static endpoint = "";
  static maxlength = 10_000;

  static observedAttributes = [
    "assistant", "session", "message", "user", "endpoint", "token", ...Object.keys(english).map((key) => "text-" + key),
  ];

  static {
    if (inBrowser) {
      // An observer calls back only while the tab is visible, and once more for what it begins to observe anew.
      watcher = new IntersectionObserver((entries) => {
        for (const { isIntersecting, target } of entries) if (isIntersecting) target.#load();
      }, { rootMargin: "200px" });
      channel?.addEventListener("message", ({ data }) => {
        FeedbackButtons.#anew([...elements].filter((element) => element.#url === data));
      });
      document.addEventListener("visibilitychange", () => {
        for (const element of elements) if (!document.hidden && isStale(element.#known)) element.#refresh();
      });
    }
  }

  /** Looks up anew what these show, and what others will ask for. */
  static #anew(changed) {
    forgetVotes();
    for (const element of changed) element.#identify();
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
    root.adoptedStyleSheets = [sheet()];
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
    if (this.#identity !== undefined) forgetVotes(); // it was elsewhere meanwhile
    this.#identify();
  }

  disconnectedCallback() {
    elements.delete(this);
    watcher.unobserve(this);
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
    const before = this.token;
    this.#token = value;
    if (!same(before, this.token) && elements.has(this)) this.#identify();
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

  /** Where the vote is, or null while an id or the token is missing. */
  get #place() {
    if (this.token === "") return null;
    const ids = ["assistant", "session", "message", "user"].map((name) => this.getAttribute(name));
    return place(this.getAttribute("endpoint") ?? FeedbackButtons.endpoint, ...ids);
  }

  /** The URL of the vote, or null. */
  get #url() { return this.#place?.vote ?? null; }

  #word(key) {
    return this.getAttribute("text-" + key) ?? this.#messages?.[key] ?? FeedbackButtons.messages[key];
  }

  /** What the person is told of an error. */
  #reproach({ status, message }) {
    if (status === 401 || status === 403) return this.#word("denied");
    const [, max] = (status === 400 && message.match(/must be at most (\d+) characters/)) || []; // the host's MaxText is smaller than maxlength
    return max ? this.#word("long").replace("{max}", max) : this.#word("failed");
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
      this.#known = 0;
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
    watcher.unobserve(this);
    watcher.observe(this);
  }

  #load() {
    watcher.unobserve(this);
    const at = this.#place;
    if (!at || this.#pending === at.vote) return; // the answer to come is newer
    const loading = find(this.token, at)
      .then(
        (found) => this.#loading === loading && this.#settle(at.vote, found.record, { known: found.at }),
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
    const at = this.#place, url = at.vote, token = this.token;
    if (!this.#known && !this.#loading) this.#load(); // the look-up has failed
    this.#pending = url;
    this.#say("");
    this.#show(vote);
    await this.#loading; // what was pressed before it was known is not taken back
    const previous = this.#record;
    try {
      if (vote && !vote.tags && thumb(previous) === vote.score) {
        this.#settle(url, previous, { own: true });
        return true;
      }
      const tags = [...new Set([...(vote?.tags ?? []), ...list(this.getAttribute("tags"))])].slice(0, 10);
      const noted = Object.entries(previous?.metadata ?? {}).filter(([name]) => !previous.stamped?.metadata.includes(name)); // visitors see none
      const metadata = noted.length ? Object.fromEntries(noted) : undefined;
      const record = await (vote ? request("PUT", url, { ...vote, tags, metadata }, token, at) : request("DELETE", url, null, token, at));
      learn(token, at, record);
      this.#settle(url, record, { own: true });
      for (const other of elements) {
        if (other === this || other.#url !== url) continue;
        if (same(other.token, token)) other.#settle(url, record);
        else FeedbackButtons.#anew([other]);
      }
      channel?.postMessage(url);
      this.#emit("feedback-change", { feedback: record, previous });
      return true;
    } catch (error) {
      const tell = this.#emit("feedback-error", { action: vote ? "save" : "undo", error });
      if (this.#url === url && tell) this.#say(this.#reproach(error));
      this.#settle(url, previous, { own: true, known: 0 }); // it may have been saved all the same
      forgetVotes();
      return false;
    }
  }

  /** Takes in a record of url, unless it is no longer wanted: own says that it ends what is pending, known when it was so. */
  #settle(url, record, { own = false, known = Date.now() } = {}) {
    if (this.#url !== url) return;
    if (own) this.#pending = null;
    this.#loading = null;
    this.#record = record;
    this.#known = known;
    if (!this.#pending) this.#show(record);
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
    const dialog = this.#dialog = ask({
      word: (key) => this.#word(key), reasons: this.reasons, correction: this.hasAttribute("correction"), record: this.#record,
      maxlength: this.getAttribute("maxlength") ?? FeedbackButtons.maxlength,
      save: async (said) => !this.#pending && this.#write({ score: 0, ...said }),
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      this.#dialog = null;
      this.#thumbs[0].focus({ preventScroll: true });
      if (dialog.returnValue === "saved") this.#say(this.#word("thanks"));
    });
    this.shadowRoot.append(dialog);
    dialog.showModal();
  }
}

if (inBrowser && !customElements.get("feedback-buttons")) customElements.define("feedback-buttons", FeedbackButtons);
