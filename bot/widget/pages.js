/**
 * The pages that cover the conversation for a moment: summary, clearing.  Fetched when one is first wanted.
 */
import { h } from "./render.js";

export async function summary(sheets) {
  const place = h("div", { role: "status" }, h("p", null, sheets.say("loading")));
  const actions = h("div.links", null, sheets.button("done", () => sheets.close()));
  sheets.show("summary", place, actions);
  try {
    const html = await sheets.talk.summary();
    if (!html) return place.replaceChildren(h("p", null, sheets.say("summaryEmpty")));
    const paper = readSummary(html);
    place.replaceChildren(paper);
    actions.prepend(sheets.button("print", () => print(paper), true), sheets.button("save", () => save(paper.innerText)));
  } catch {
    place.replaceChildren(h("p", null, sheets.say("summaryFailed")));
  }
}

export function clear(sheets) {
  const wrong = h("div", { role: "alert" });
  sheets.show("clearAsk", h("p", null, sheets.say("clearHere")), h("p", null, sheets.say("clearThere")), wrong,
    h("div.links", null,
      sheets.button("clearNo", () => sheets.close(), true),
      sheets.button("clearHereYes", () => (sheets.close(), sheets.talk.forget())),
      sheets.button("clearThereYes", async () => {
        const reason = await sheets.talk.erase();
        if (reason) wrong.replaceChildren(h("p", null, reason));
        else sheets.close();
      })));
}

// --- the summary page ---

const KEPT = /^(h[1-4]|p|[uod]l|li|d[td]|strong|em|br|table|t[rhd])$/;
const DROPPED = /^(script|style|template|noscript|form|nav)$/;
const policy = globalThis.trustedTypes?.createPolicy("b12-chat-summary", { createHTML: (text) => text });

/**
 * The server's page as our own elements: an inert document parses it and an allow-list copies it as text, so no
 * script, style or attribute of it reaches the page.
 */
export function readSummary(html) {
  const copy = (node) => [...node.childNodes].flatMap((child) => {
    if (child.nodeType === Node.TEXT_NODE) return child.data.trim() ? [child.data.replace(/\s+/g, " ")] : [];
    if (child.nodeType !== Node.ELEMENT_NODE || DROPPED.test(child.localName)) return [];
    const name = child.localName.replace(/^h[1-4]$/, (heading) => (heading === "h1" ? "h4" : "h5"));
    return KEPT.test(child.localName) ? [h(name, null, copy(child))] : copy(child);
  });
  const bare = html.replace(/<style.*?<\/style>/gis, ""); // even inert, it would be reported to the page's policy
  const page = new DOMParser().parseFromString(policy ? policy.createHTML(bare) : bare, "text/html");
  return h("div.paper.rich", null, copy(page.body));
}

function save(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  h("a", { href: address, download: `${new Date().toISOString().slice(0, 10)}-summary.txt` }).click();
  setTimeout(URL.revokeObjectURL, 9_999, address);
}

/** Print only the summary: while printing, a copy of it stands in for the page. */
function print(element) {
  const copy = element.cloneNode(true);
  copy.className = "b12-chat-print";
  const style = new CSSStyleSheet();
  style.replaceSync(`.b12-chat-print { display: none } @media print {
    body > :not(.b12-chat-print) { display: none !important }
    .b12-chat-print { display: block; font: 12pt/1.5 Georgia, serif; color: #000 } }`);
  document.body.append(copy);
  document.adoptedStyleSheets.push(style);
  addEventListener("afterprint", () => {
    copy.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== style);
  }, { once: true });
  window.print();
}
