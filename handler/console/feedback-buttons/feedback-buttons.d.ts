/** A vote, as the API has it. */
export interface Feedback {
  id: string;
  assistant_id: string;
  session_id: string;
  /** "" for the session as a whole. */
  message_id: string;
  user_id: string;
  /** From 0 to 1: what is above 0.5 is a thumb up. */
  score: number;
  text: string;
  tags: string[];
  /** The host's: visitors never see it. */
  metadata?: Record<string, string>;
  correction?: string;
  vote?: boolean;
  /** What the host's server has added; visitors never see it. */
  stamped?: { metadata: string[]; tags: string[] };
  created_at: string;
  updated_at: string;
  date_created: string;
  date_updated: string;
}

/** What the element says, by key. */
export interface Messages {
  /** Names the two thumbs. */
  answer: string;
  /** Names them where there is no message. */
  conversation: string;
  up: string;
  down: string;
  title: string;
  reasons: string;
  note: string;
  correction: string;
  skip: string;
  save: string;
  thanks: string;
  failed: string;
  /** With {max} where the number of characters goes. */
  long: string;
  denied: string;
}

/** Whom a token is for; null where the attribute is not there. */
export interface Who {
  assistant: string;
  session: string;
  user: string | null;
}

/** A bearer token, or a function that returns one. */
export type Token = string | ((who: Who) => string | Promise<string>);

/** Labels by tag, or tags alone; as text "tag, tag=Label, …". */
export type Reasons = Record<string, string> | string[] | string;

export interface ChangeDetail {
  feedback: Feedback | null;
  previous: Feedback | null;
}

export interface ErrorDetail {
  action: "load" | "save" | "undo";
  /** status is that of the answer, if there was one. */
  error: Error & { status?: number };
}

/** The attributes, as HTML has them. */
export interface Attributes {
  assistant?: string;
  session?: string;
  message?: string;
  user?: string;
  endpoint?: string;
  token?: string;
  reasons?: string;
  tags?: string;
  maxlength?: string;
}

/** The element <feedback-buttons>. The first lines of feedback-buttons.js say what each part means. */
export class FeedbackButtons extends HTMLElement {
  static get messages(): Messages;
  static set messages(words: Partial<Messages>);
  static reasons: Reasons;
  static get token(): Token | null;
  static set token(token: Token | null);
  static endpoint: string;
  static maxlength: number;

  get token(): Token | null;
  set token(token: Token | null | undefined);
  get messages(): Partial<Messages> | null;
  set messages(words: Partial<Messages> | null | undefined);
  get reasons(): Reasons;
  set reasons(reasons: Reasons | null | undefined);
  get feedback(): Feedback | null;
  set feedback(feedback: Feedback | null | undefined);
  /** Asks again, filled in, while the thumb is down. */
  openDialog(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "feedback-buttons": FeedbackButtons;
  }
  interface GlobalEventHandlersEventMap {
    "feedback-change": CustomEvent<ChangeDetail>;
    "feedback-error": CustomEvent<ErrorDetail>;
  }
}
