// How the element looks; the parts and properties that a page may style are in the manual.

const css = `
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
.field { display: grid; gap: .375rem; }
textarea {
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
`;

let made;

/** sheet returns the style sheet that all elements share: CSP forbids a <style>, but not this. */
export function sheet() {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(css);
  }
  return made;
}
