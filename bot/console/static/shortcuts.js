/**
 * Single keys, for those who live in the inbox.  The list, its words and where "g" leads stand in the page's own help
 * (bot/console/shortcuts.py); here is only what each step does.  Nothing is changed by a key alone: they move.
 */

const help = document.getElementById("keys");
const said = document.getElementById("keys-said");
const choice = document.getElementById("keys-on");
const KEPT = "console-keys";
const PREFIX_LASTS = 4000;

let prefix = "";
let forget = 0;

function on() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true; // a browser that keeps nothing: they are on, and the switch lasts as long as the page
  }
}
let active = on();

/** Read aloud, and shown at the edge for a moment. */
function say(words) {
  said.textContent = words;
  clearTimeout(forget);
  if (words) forget = setTimeout(() => say(""), PREFIX_LASTS);
  else prefix = "";
}

const LISTS = ".row__said a, .hits > li > a, .callers li > p:first-child a";
const LINES = ".lines .line";

/** The element of `all` after, or before, where the focus is; the first when it is elsewhere. */
function neighbour(all, by) {
  const at = all.findIndex((one) => one === document.activeElement || one.contains(document.activeElement));
  if (at < 0) return all[by > 0 ? 0 : all.length - 1];
  return all[Math.min(all.length - 1, Math.max(0, at + by))];
}

/** The first of `selector` after the focus, from the top again when there is none; messages take the focus whole. */
function nextOf(selector) {
  const all = [...document.querySelectorAll(selector)].map((one) => one.closest(".line") ?? one);
  const after = all.find((one) => document.activeElement.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  return document.activeElement === document.body ? all[0] : (after ?? all[0]);
}

function goTo(element, otherwise) {
  if (!element) return say(otherwise);
  if (element.matches(".line")) element.tabIndex = -1;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
  return say("");
}

const walk = (by) => goTo(neighbour([...document.querySelectorAll(document.querySelector(LINES) ? LINES : LISTS)], by), "There is no list here.");

const TARGETS = {
  acknowledge: ["#live-head form[action$='/acknowledge'] button", "Nothing here waits to be acknowledged."],
  take: [".bar--talk form[action$='/take-over'] button, .bar--talk form[action$='/hand-back'] button", "This cannot be taken over here."],
  reply: ["#reply-text", "You cannot write here."],
  note: ["#note-text", "You cannot write here."],
};

const STEPS = {
  help: () => help.showModal(),
  next: () => walk(1),
  before: () => walk(-1),
  danger: () => goTo(nextOf(`${LINES} mark`), "No rule has fired here."),
  unclear: () => goTo(nextOf(`${LINES} .tag--unclear`), "Every message was understood."),
  search: () => {
    const box = document.querySelector("main input[type=search]");
    if (!box) return location.assign("/search");
    const folded = box.closest("details");
    if (folded) folded.open = true;
    return box.focus();
  },
};
for (const [step, [selector, otherwise]] of Object.entries(TARGETS)) {
  STEPS[step] = () => goTo(document.querySelector(selector), otherwise);
}

/** keys -> what they do, for this page. */
const known = new Map([...(help?.querySelectorAll("[data-keys]") ?? [])].filter((row) => !row.closest("[data-off]")).map((row) => [row.dataset.keys, row.dataset.does]));

const typing = (element) => element.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");

function press(event) {
  if (!active || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (typing(event.target) || help.open) return;
  if (event.key === "Escape" && prefix) return say("");
  const keys = prefix ? `${prefix} ${event.key}` : event.key;
  const does = known.get(keys);
  if (does) {
    event.preventDefault();
    say("");
    return does.startsWith("/") ? location.assign(does) : STEPS[does]();
  }
  if (!prefix && [...known.keys()].some((other) => other.startsWith(`${event.key} `))) {
    event.preventDefault();
    const ends = [...known].filter(([other]) => other.startsWith(`${event.key} `)).map(([other]) => other.slice(-1));
    say(`${event.key}, then one of ${ends.join(", ")}; ? shows all keys`);
    prefix = event.key;
  } else if (prefix && event.key.length === 1) {
    prefix = "";
    say(`No page has the keys ${keys}.`);
  }
}

/** Assistive technology is told which key leads to which control, while keys are on. */
function label() {
  for (const [step, [selector]] of Object.entries(TARGETS)) {
    const key = [...known].find(([, does]) => does === step)?.[0];
    for (const element of document.querySelectorAll(selector)) {
      if (active && key) element.setAttribute("aria-keyshortcuts", key);
      else element.removeAttribute("aria-keyshortcuts");
    }
  }
}

if (help) {
  choice.checked = active;
  choice.addEventListener("change", () => {
    active = choice.checked;
    try {
      localStorage.setItem(KEPT, active ? "on" : "off");
    } catch {
      /* it lasts as long as the page */
    }
    label();
  });
  for (const button of document.querySelectorAll("[data-keys-help]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  help.addEventListener("click", (event) => event.target === help && help.close());
  document.addEventListener("keydown", press);
  document.addEventListener("console:refreshed", label);
  label();
}
