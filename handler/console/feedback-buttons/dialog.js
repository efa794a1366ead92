// The dialog that asks what was wrong.

import { list, make } from "./dom.js";

/** offer returns the labels by tag of the reasons that a page gave, as text, array or object. */
const offer = (reasons) => new Map(
  typeof reasons === "string" ? list(reasons).map((item) => item.split("=").map((part) => part.trim()))
    : Array.isArray(reasons) ? reasons.map((tag) => [tag]) : Object.entries(reasons));

function field(part, label, value, maxlength) {
  const area = make("textarea", { part, rows: "3", maxlength, dir: "auto" });
  area.value = value;
  return [area, make("label", { class: "field" }, label, area)];
}

/**
 * ask returns a dialog about a record, filled in: {word: the words by key, reasons, correction: whether to ask for one, record,
 * maxlength, save}. save is called with what the person said, and returns a promise of whether that is saved: the dialog then closes,
 * with the returnValue "saved".
 */
export function ask({ word, reasons, correction, record, maxlength, save }) {
  const { tags = [], text = "", stamped } = record;
  const offered = offer(reasons);
  const choice = make("fieldset", { part: "reasons" }, make("legend", {}, word("reasons")));
  for (const [tag, label = tag] of offered) {
    const box = make("input", { type: "checkbox", value: tag });
    box.checked = tags.includes(tag);
    choice.append(make("label", { class: "reason" }, box, make("span", { part: "reason", dir: "auto" }, label)));
  }
  const [note, noteField] = field("note", word("note"), text, maxlength);
  const [better, betterField] = field("correction", word("correction"), record.correction ?? "", maxlength);
  const skip = make("button", { type: "button", part: "skip" }, word("skip"));
  const form = make("form", { method: "dialog" },
    make("p", { id: "title", part: "title" }, word("title")),
    ...(offered.size ? [choice] : []),
    noteField,
    ...(correction ? [betterField] : []), // where it is not asked for it stays as it is
    make("div", { part: "actions" },
      make("p", { role: "status", part: "status" }), skip, make("button", { part: "save" }, word("save"))));
  const dialog = make("dialog", { part: "dialog", "aria-labelledby": "title" }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const kept = tags.filter((tag) => !offered.has(tag) && !stamped?.tags.includes(tag)); // the host's server adds its own anew
    const chosen = [...form.querySelectorAll(":checked")].map((box) => box.value);
    const said = {
      tags: [...kept, ...chosen], text: note.value.trim(),
      correction: (correction ? better.value.trim() : record.correction) || undefined,
    };
    if ((await save(said)) && dialog.open) dialog.close("saved");
  });
  skip.addEventListener("click", () => dialog.close());
  for (const type of ["keydown", "keypress", "keyup"]) { // what is typed is not for the page's shortcuts
    dialog.addEventListener(type, (event) => event.stopPropagation());
  }
  return dialog;
}
