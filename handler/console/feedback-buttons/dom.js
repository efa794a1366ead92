// Making elements, and reading attributes.

/** make makes an element; without innerHTML, so that Trusted Types can be enforced. */
export function make(name, attributes, ...children) {
  const svg = name === "svg" || name === "path";
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** list splits "a, b" into ["a", "b"]. */
export const list = (text) => (text ?? "").split(",").map((item) => item.trim()).filter(Boolean);
