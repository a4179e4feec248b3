/**
 * How the chat box looks: a constructed style sheet, so it works under a policy without 'unsafe-inline'.
 * Sides are logical, so right-to-left pages mirror.  Sizes are em of a base never below 16 px: pages that shrink the
 * root font do not shrink this, readers who enlarge text enlarge it.
 */

const LIGHT = `
  color-scheme: light;
  --accent: var(--b12-accent, #0b5c63);
  --on-accent: var(--b12-on-accent, #ffffff);
  --head: var(--accent);
  --on-head: var(--on-accent);
  --paper: #ffffff;
  --ground: #f5f6f3;
  --ink: #17252b;
  --quiet: #4f6067;
  --line: #dde2df;
  --edge: #718289;
  --mine: color-mix(in srgb, var(--accent) 15%, #ffffff);
  --danger: #b3140f;
  --warn-ground: #fff3d1;
  --warn-ink: #5a4100;
  --shadow: 0 1px 2px rgb(16 32 38 / .12), 0 12px 40px rgb(16 32 38 / .22);`;

const DARK = `
  color-scheme: dark;
  --accent: var(--b12-accent-dark, #86d3d1);
  --on-accent: var(--b12-on-accent-dark, #06282b);
  --head: color-mix(in srgb, var(--accent) 20%, #121a1e);
  --on-head: var(--ink);
  --paper: #1a2429;
  --ground: #121a1e;
  --ink: #e9eff0;
  --quiet: #a9b8be;
  --line: #32414a;
  --edge: #8499a2;
  --mine: color-mix(in srgb, var(--accent) 22%, #121a1e);
  --danger: #ff9b93;
  --warn-ground: #41340f;
  --warn-ink: #ffe39a;
  --shadow: 0 1px 2px rgb(0 0 0 / .5), 0 12px 40px rgb(0 0 0 / .6);`;

const RULES = `
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
:host {
  ${LIGHT}
  --edge-gap: var(--b12-offset, 1.25rem);
  position: fixed; z-index: var(--b12-z, 2147483000); inset-block-end: var(--edge-gap); inset-inline-end: var(--edge-gap);
  font: 400 max(1rem, 16px)/1.5 var(--b12-font, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif);
  color: var(--ink); text-align: start; letter-spacing: normal; word-spacing: normal; text-transform: none;
}
:host([theme="dark"]) { ${DARK} }
@media (prefers-color-scheme: dark) { :host([theme="auto"]) { ${DARK} } }
h2, h3, h4, h5, p, dialog { margin: 0; }
ul, ol { margin: .4em 0; padding-inline-start: 1.4em; }
a { color: inherit; font-weight: 600; text-underline-offset: .18em; white-space: nowrap; }
[href^="tel"] { direction: ltr; unicode-bidi: isolate; } /* a number must not be mirrored */
:focus-visible { outline: 3px solid #ffdd00; box-shadow: 0 0 0 5px #10181b; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { width: 1.375em; height: 1.375em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; }
.icon--more { stroke-width: 3.2; }
.icon--send:dir(rtl) { transform: scaleX(-1); }
.head, .help, .notice, .help a, .state, .state button, .writing, .compose__row, .latest, .launcher, .call, .links, .replies, .card h3 { display: flex; align-items: center; gap: .6em; }
.help, .notice, .links, .replies { flex-wrap: wrap; }
.banner, .who, .day, .state, .count, .writing, small { font-size: .84em; line-height: 1.4; color: var(--quiet); }

button, textarea { font: inherit; color: inherit; }
button { border: 1px solid transparent; border-radius: .6em; background: none; cursor: pointer; touch-action: manipulation; }
.launcher, .send, .button--main, .replies button:hover { background: var(--accent); color: var(--on-accent); }
.launcher:hover, .send:hover, .button--main:hover { filter: brightness(1.1); }
.button, .latest, .state button, .replies button { min-height: 2.5em; padding: .35em 1em; border: 1.5px solid var(--edge); background: var(--paper); font-weight: 600; }
.button:hover { border-color: var(--accent); }
.button--main { border-color: var(--accent); background: var(--accent); }
.launcher { min-height: 3.5em; padding: .6em 1.3em; border-radius: 2em; font-weight: 600; box-shadow: var(--shadow); }
.launcher--danger { background: #b3140f; color: #fff; }
.badge { min-width: 1.6em; padding: 0 .45em; border-radius: 2em; background: var(--paper); color: var(--ink); font-size: .875em; text-align: center; }

.panel {
  position: fixed; inset: auto; inset-block-end: var(--edge-gap); inset-inline-end: var(--edge-gap); padding: 0; overflow: clip; flex-direction: column;
  width: min(26em, 100vw - 2 * var(--edge-gap)); height: min(44em, 100dvh - 2 * var(--edge-gap)); max-width: none; max-height: none;
  border: 1px solid var(--line); border-radius: 1em; background: var(--ground); color: var(--ink); box-shadow: var(--shadow);
}
.panel[open] { display: flex; }
.panel::backdrop { background: none; }
:host([position="start"]), :host([position="start"]) .panel { inset-inline: var(--edge-gap) auto; }
.head { padding-block: .7em; padding-inline: 1em .6em; background: var(--head); color: var(--on-head); line-height: 1.3; }
.head div { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.head h2 { font-size: 1.0625em; }
.head p { font-size: .875em; }
.tool { display: grid; place-items: center; min-width: 2.75em; min-height: 2.75em; padding: 0; }
.tool:hover { background: color-mix(in srgb, currentColor 16%, transparent); }
.banner, .notice { padding: .45em 1.15em; background: var(--warn-ground); color: var(--warn-ink); }
.help { justify-content: space-between; gap: .1em 1em; padding: .25em 1em; background: var(--paper); border-block-end: 1px solid var(--line); font-size: .9375em; }
.help a { gap: .35em; min-height: 1.9em; }
.help .danger { color: var(--danger); }
.help--danger { padding-block: .6em; background: #b3140f; color: #fff; }
.help--danger .danger { padding: .3em .9em; border-radius: .5em; background: #fff; color: #8f0f0b; text-decoration: none; font-size: 1.0625em; font-weight: 700; }
.notice { padding-block: .6em; font-size: .9375em; }
.notice p { flex: 1 1 12em; }
.notice p:has(+ a) { flex-basis: 100%; }

.scroller, .sheet { flex: 1 1 auto; min-height: 0; overflow-y: auto; padding: 1em; overscroll-behavior: contain; scroll-padding: .5em; }
.intro:not(:empty) { margin-block-end: 1em; color: var(--quiet); }
.day { margin-block-end: .3em; text-align: center; }
.said { display: flex; flex-direction: column; align-items: flex-start; margin-block-start: .3em; }
.said > :first-child { align-self: stretch; }
.said--first, .said:has(.card) { margin-block-start: .85em; }
.who { margin: 0 .25em .2em; font-weight: 600; }
.bubble { max-width: 88%; padding: .6em .9em; border: 1px solid var(--line); border-radius: 1em; border-start-start-radius: .3em; background: var(--paper); overflow-wrap: anywhere; }
.said--patient { align-items: flex-end; }
.said--patient .bubble { border-color: transparent; border-radius: 1em; border-start-end-radius: .3em; background: var(--mine); }
.said--staff .bubble { border-inline-start: 4px solid var(--accent); }
.said--system .bubble { max-width: 100%; border: 1px dashed var(--edge); border-radius: .6em; background: none; }
.rich > * + *, .card__body > * + * { margin-block-start: .6em; }
.state { margin: .15em .25em 0; }
.state--failed, .count { color: var(--danger); font-weight: 600; }
.replies { gap: .5em; margin-block-start: .7em; }
.replies button { border-color: var(--accent); border-radius: 2em; color: var(--accent); text-align: start; overflow-wrap: anywhere; }
.writing { padding-block-start: .6em; }
.dots { display: flex; gap: .3em; }
.dots i { width: .45em; height: .45em; border-radius: 50%; background: var(--edge); animation: breathe 1.3s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .18s; }
.dots i:nth-child(3) { animation-delay: .36s; }
@keyframes breathe { 0%, 70%, 100% { opacity: .3; } 35% { opacity: 1; } }
.latest { position: sticky; inset-block-end: 0; margin-inline: auto; border-radius: 2em; box-shadow: var(--shadow); }

.card { width: 100%; border: 2px solid var(--card, #0b5c8a); border-radius: .5em; background: var(--paper); overflow: hidden; overflow-wrap: anywhere; }
.card h3 { align-items: flex-start; padding: .65em .85em; background: var(--card, #0b5c8a); color: #fff; font-size: 1.125em; line-height: 1.3; }
.card__level { display: block; font-size: .8125em; font-weight: 600; }
.card__body { padding: .85em .95em; }
.card--urgent, .card--emergency { --card: #b3140f; }
.card--emergency { background: #1d2529; color: #fff; }
.call { justify-content: center; min-height: 3em; padding: .5em 1.2em; border-radius: .6em; background: var(--card, #0b5c8a); color: #fff; font-weight: 700; font-size: 1.0625em; text-decoration: none; }
.card--emergency .call { background: #fff; color: #8f0f0b; }

.compose { padding: .65em .75em .75em; background: var(--paper); border-block-start: 1px solid var(--line); }
.compose__row { align-items: flex-end; }
textarea { flex: 1; min-width: 0; min-height: 2.75em; max-height: 8.5em; padding: .6em .8em; border: 1.5px solid var(--edge); border-radius: .8em; background: var(--paper); line-height: 1.45; resize: none; field-sizing: content; }
textarea:focus { border-color: var(--accent); outline: 2px solid var(--accent); outline-offset: -1px; box-shadow: none; }
textarea::placeholder { color: var(--quiet); opacity: 1; }
.send { display: grid; place-items: center; min-width: 2.9em; min-height: 2.9em; padding: 0; border-radius: .8em; }
.count { margin: .35em .25em 0; }

.menu { padding: .4em; background: var(--paper); border-block-end: 1px solid var(--line); }
.menu button { display: block; width: 100%; min-height: 2.9em; padding: .5em .8em; text-align: start; font-weight: 600; }
.menu button:hover { background: var(--ground); }
small { display: block; font-weight: 400; }
.sheet { padding: 1.25em; }
.sheet > * + * { margin-block-start: 1em; }
.paper { padding: 1em 1.1em; border: 1px solid var(--line); border-radius: .8em; background: var(--paper); }

@media (max-width: 36em), (max-height: 30em) { .panel, :host([position="start"]) .panel { inset: 0; width: 100vw; height: 100dvh; border: 0; border-radius: 0; } }
@media (max-height: 30em) {
  .panel[open] { display: block; overflow-y: auto; }
  .scroller { overflow: visible; }
  .head { padding-block: .3em; }
}
@media (max-width: 22em) {
  .bubble { max-width: 94%; }
  .head, .banner, .help, .scroller { padding-inline: .8em; }
  .help { font-size: .875em; }
}
@media (prefers-reduced-motion: no-preference) {
  .panel[open], .said--new { animation: rise .18s ease-out; }
  @keyframes rise { from { opacity: 0; transform: translateY(.5em); } }
}
@media (prefers-reduced-motion: reduce) { .dots i { animation: none; } }
@media (prefers-contrast: more) { :host { --line: var(--ink); --quiet: var(--ink); --edge: var(--ink); } }
@media (forced-colors: active) {
  button, .bubble, .head, .help, .badge, .call, .danger { border: 1px solid; }
  .dots i { background: CanvasText; }
}
@media print { :host { display: none; } }
`;

export const sheet = new CSSStyleSheet();
sheet.replaceSync(RULES);

/** Relative luminance of "#rrggbb" (WCAG 2), 0 to 1; null when it is no such colour. */
function luminance(hex) {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) return null;
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * Take the `accent` and `accent-dark` attributes, with legible words on them.  A colour below 4.5:1 against the
 * panel is refused with a warning: an unreadable button is worse than the wrong green.
 */
export function applyTheme(element) {
  for (const [suffix, ground] of [["", 1], ["-dark", 0.017]]) {
    const colour = element.getAttribute(`accent${suffix}`);
    const light = luminance(colour ?? "");
    const usable = light !== null && (Math.max(light, ground) + 0.05) / (Math.min(light, ground) + 0.05) >= 4.5;
    if (colour && !usable) console.warn(`<b12-chat>: accent${suffix}="${colour}" must be #rrggbb with a contrast of 4.5:1 against the panel; the default is used.`);
    element.style.setProperty(`--b12-accent${suffix}`, usable ? colour : "");
    element.style.setProperty(`--b12-on-accent${suffix}`, usable ? (light < 0.18 ? "#ffffff" : "#10181b") : "");
  }
}
