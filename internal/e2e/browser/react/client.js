import { createElement as h } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { FeedbackButtons } from "@humanfeedback/feedback-buttons";
import { Chat } from "./app.js";

const root = document.querySelector("#root");
if (root.hasChildNodes()) {
  FeedbackButtons.token = async () => {
    globalThis.asked = (globalThis.asked ?? 0) + 1;
    return "anna";
  };
  hydrateRoot(root, h(Chat));
} else {
  createRoot(root).render(h(Chat));
}
