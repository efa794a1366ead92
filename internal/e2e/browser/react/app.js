// A chat whose answer comes word by word: each word draws it anew, with a new token function.

import { createElement as h, useEffect, useState } from "react";
import "@humanfeedback/feedback-buttons";

export function Chat() {
  const [words, setWords] = useState(0);
  useEffect(() => {
    globalThis.stream = async () => {
      for (let i = 0; i < 50; i++) {
        setWords((n) => n + 1);
        await new Promise(requestAnimationFrame);
      }
    };
  }, []);
  const token = async () => {
    globalThis.asked = (globalThis.asked ?? 0) + 1;
    return "anna";
  };
  return h("main", null, h("h1", null, "A chat"), ["m1", "m2"].map((message) => h("article", { key: message },
    h("p", { className: "answer" }, "word ".repeat(words)),
    h("feedback-buttons", { assistant: "aia_asst_1", session: "s1", message, token, reasons: { wrong: "It is wrong" }, correction: true }))));
}
