// Answers are a little Markdown: paragraphs, lists, code and bold. Nothing of them
// is ever HTML.

/** make makes an element with attributes and children. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** render returns elements for a text. */
export function render(text) {
  return text.split("```").flatMap((part, i) => (i % 2 ? [fence(part)] : blocks(part)));
}

function fence(part) {
  return make("pre", { tabindex: "0" }, make("code", {}, part.replace(/^\w*\n/, "").trimEnd()));
}

function blocks(part) {
  const elements = [];
  for (const block of part.split(/\n{2,}/)) {
    let list = null;
    let lines = [];
    const paragraph = () => {
      if (lines.length) elements.push(make("p", {}, ...inline(lines.join("\n"))));
      lines = [];
    };
    for (const line of block.split("\n").filter((line) => line.trim())) {
      const item = /^\s*(?:[-*]|\d+\.)\s+(.*)/.exec(line);
      if (!item) {
        list = null;
        lines.push(line.replace(/^#+\s+/, ""));
        continue;
      }
      paragraph();
      if (!list) elements.push(list = make("ul"));
      list.append(make("li", {}, ...inline(item[1])));
    }
    paragraph();
  }
  return elements;
}

function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*)/).map((part) => {
    if (part.length > 2 && part.startsWith("`") && part.endsWith("`")) return make("code", {}, part.slice(1, -1));
    if (part.length > 4 && part.startsWith("**") && part.endsWith("**")) return make("strong", {}, part.slice(2, -2));
    if (part.length > 2 && part.startsWith("*") && part.endsWith("*")) return make("em", {}, part.slice(1, -1));
    return part;
  });
}
