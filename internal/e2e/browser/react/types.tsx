// What TypeScript has to accept, and what it has to refuse.

import { FeedbackButtons, type Feedback } from "@humanfeedback/feedback-buttons";
import type {} from "@humanfeedback/feedback-buttons/react";

FeedbackButtons.token = async ({ session, user }) => session + (user ?? "");
FeedbackButtons.messages = { up: "Gut" };
FeedbackButtons.reasons = ["wrong"];
const element = document.createElement("feedback-buttons");
element.token = "anna";
element.messages = { down: "Schlecht" };
const vote: Feedback | null = element.feedback;
element.addEventListener("feedback-change", ({ detail }) => detail.feedback?.score.toFixed());
document.addEventListener("feedback-error", ({ detail }) => detail.error.status === 401 && detail.action === "save");
element.openDialog();

export const page = (
  <feedback-buttons assistant="a" session="s" message="m" token={async ({ session }) => session} reasons={{ wrong: "It is wrong" }}
    text-up="Gut" correction no-dialog={false} feedback={vote} className="thumbs" onfeedback-change={({ detail }) => detail.previous} />
);

// @ts-expect-error there is no such word
FeedbackButtons.messages = { upp: "Gut" };
// @ts-expect-error a token is a string
element.token = 7;
// @ts-expect-error there is no such attribute
export const other = <feedback-buttons assistent="a" />;
