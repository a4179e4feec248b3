/**
 * Small helpers for the staff console.  Every page works without them: reload does what they do.
 *
 * Open pages ask whether something is new, put it in place without taking focus or typed words away, and say it
 * aloud in a few words.  A page nobody has touched for a while stops asking, so that a forgotten screen does not look alive.
 */

const QUIET_AFTER = 20 * 60_000;
let touched = Date.now();
for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, () => (touched = Date.now()), { passive: true });

const news = document.getElementById("news");
const stale = document.getElementById("stale");

/** A bar with a sentence and, if useful, what to press. */
function tell(sentence, label, press) {
  if (!stale) return;
  stale.hidden = !sentence;
  stale.replaceChildren(sentence ?? "");
  if (!label) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", press);
  stale.append(" ", button);
}

/** Ask again and again; `ask` returns false to stop. */
function repeat(seconds, ask) {
  let failures = 0;
  const turn = async () => {
    if (Date.now() - touched > QUIET_AFTER) {
      tell("This page has stopped looking for news because nobody used it for a while.", "Look again", () => location.reload());
      addEventListener("pointerdown", () => location.reload(), { once: true });
      return;
    }
    if (!document.hidden) {
      try {
        if ((await ask()) === false) return;
        if (failures > 2) tell(null);
        failures = 0;
      } catch {
        failures += 1;
        if (failures === 3) tell("No connection to the console. What you see may be out of date.");
      }
    }
    setTimeout(turn, seconds * 1000 * Math.min(2 ** failures, 8));
  };
  setTimeout(turn, seconds * 1000);
  document.addEventListener("visibilitychange", () => document.hidden || ask().catch(() => {}));
}

async function fetchText(path) {
  const response = await fetch(path, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(10_000) });
  if (response.status === 401) {
    tell("Your sitting has ended.", "Sign in again", () => location.reload());
    return null;
  }
  if (!response.ok) throw new Error(String(response.status));
  return response.text();
}

// --- running clocks ---

function span(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  if (whole < 3600) return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function runClocks() {
  for (const clock of document.querySelectorAll("[data-due]")) {
    const left = (Date.parse(clock.dataset.due) - Date.now()) / 1000;
    clock.textContent = left >= 0 ? `due in ${span(left)}` : `overdue by ${span(left)}`;
    clock.classList.toggle("clock--over", left < 0);
  }
}
runClocks();
setInterval(runClocks, 1000);

// --- inbox ---

const rows = document.getElementById("rows");

/** What of the list is worth saying: id -> "level time". */
const waiting = () => new Map([...rows.querySelectorAll("[data-news]")].filter((row) => row.dataset.news).map((row) => [row.dataset.id, row.dataset.news]));

function count(number, one, many) {
  return number ? `${number} ${number === 1 ? one : many}` : "";
}

function sayNews(before, after) {
  const fresh = [...after].filter(([id, mark]) => before.get(id) !== mark);
  const emergencies = fresh.filter(([, mark]) => mark.startsWith("emergency")).length;
  const urgent = fresh.filter(([, mark]) => mark.startsWith("urgent")).length;
  const others = fresh.length - emergencies - urgent;
  const words = [count(emergencies, "emergency", "emergencies"), count(urgent, "urgent conversation", "urgent conversations"), count(others, "conversation", "conversations")].filter(Boolean);
  if (words.length) news.textContent = `New: ${words.join(", ")}.`;
}

function showCounts() {
  const counts = document.getElementById("counts")?.dataset ?? {};
  for (const badge of document.querySelectorAll("[data-count]")) badge.textContent = counts[badge.dataset.count] ?? badge.textContent;
  document.title = document.title.replace(/^\([\d,+]+\) /, "");
  if (counts.attention && counts.attention !== "0") document.title = `(${counts.attention}) ${document.title}`;
}

async function refreshRows() {
  const html = await fetchText(rows.dataset.live);
  if (html === null) return false;
  const page = new DOMParser().parseFromString(html, "text/html");
  const before = waiting();
  const focused = document.activeElement?.closest?.(".row")?.dataset.id;
  rows.replaceChildren(...page.body.childNodes);
  if (focused) rows.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
  sayNews(before, waiting());
  showCounts();
  runClocks();
  return true;
}

if (rows) {
  repeat(Number(rows.dataset.every), refreshRows);
  // Arrow keys move between rows, only while one of them has the focus.
  rows.addEventListener("keydown", (event) => {
    const links = [...rows.querySelectorAll(".row__said a")];
    const at = links.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (at < 0 || to === undefined || !links[to]) return;
    event.preventDefault();
    links[to].focus();
  });
}

// --- conversation ---

const { page: address, every } = document.body.dataset;

/** Parts of the page that may be replaced, unless somebody is writing in them. */
const LIVE = ["live-head", "live-transcript", "live-side"];

function writingIn(part) {
  return [...part.querySelectorAll("textarea, select, input:not([type=hidden])")].some((field) => field === document.activeElement || (field.localName === "textarea" && field.value !== field.defaultValue));
}

async function refreshTalk() {
  const stamp = await fetchText(`${address}/stamp`);
  if (stamp === null) return false;
  if (stamp === document.body.dataset.stamp) return true;
  const html = await fetchText(address);
  if (html === null) return false;
  const page = new DOMParser().parseFromString(html, "text/html");
  const lines = document.querySelectorAll(".line").length;
  let left = false;
  for (const id of LIVE) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!fresh) continue;
    if (writingIn(old)) left = true;
    else {
      const open = new Set([...old.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent));
      old.replaceWith(fresh);
      for (const summary of fresh.querySelectorAll("details > summary")) if (open.has(summary.textContent)) summary.parentElement.open = true;
    }
  }
  document.body.dataset.stamp = page.body.dataset.stamp;
  // Words that are being written answer what was on the page before: sending them asks first when a colleague has answered.
  const [seen, fresh, box] = [document.querySelector("[name=seen]"), page.querySelector("[name=seen]"), document.getElementById("reply-text")];
  if (seen && fresh && !box.value.trim()) seen.value = fresh.value;
  const more = document.querySelectorAll(".line").length - lines;
  news.textContent = more > 0 ? `${count(more, "new message", "new messages")} in this conversation.` : "This conversation has changed.";
  if (left) tell("This conversation has changed. Your words are kept.", "Show the changes", () => location.assign(address));
  runClocks();
  wirePrint();
  document.dispatchEvent(new Event("console:refreshed"));
  return true;
}

const present = document.getElementById("present");

/** Say that we are here, and show who else is. */
async function sayHere() {
  const writing = document.getElementById("reply-text")?.value.trim() ? "?writing=yes" : "";
  const others = await fetchText(`${address}/here${writing}`);
  if (others === null) return false;
  if (present.textContent !== others) present.textContent = others;
  present.hidden = !others;
  return true;
}

if (address) {
  repeat(Number(every), refreshTalk);
  repeat(Number(every), sayHere);
  sayHere().catch(() => {});
}

// While whoever holds the conversation types a reply, its patient is shown that somebody writes: no word of it goes out.
const held = document.querySelector("#reply[data-holds]");
let saidTyping = 0;
held?.addEventListener("input", async () => {
  if (Date.now() - saidTyping < 3000 || !held.elements.text.value.trim()) return;
  saidTyping = Date.now();
  const body = new URLSearchParams({ form: held.elements.form.value });
  const answer = await fetch(`${address}/typing`, { method: "POST", body, redirect: "error" }).catch(() => null);
  if (answer && answer.status < 500 && !answer.ok) saidTyping = Infinity; // somebody else holds it now: a reload tells
});

// A ready-made reply goes into the box beside what stands there already.
document.getElementById("canned")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const box = document.getElementById("reply-text");
  const text = document.getElementById("canned-choice").selectedOptions[0]?.dataset.text ?? "";
  box.value = box.value.trim() ? `${box.value.trim()}\n\n${text}` : text;
  box.focus();
});

// --- small things ---

function wirePrint() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.onclick = () => window.print();
  }
}
wirePrint();

// What a step did, or why not, is read first.
document.querySelector(".faults, .done")?.focus();

// A form sent twice by an impatient finger is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.sent) return form.dataset.sent && event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 5000);
});

// A link to a rule opens its evidence.
addEventListener("hashchange", () => document.querySelector(":target details")?.setAttribute("open", ""));
