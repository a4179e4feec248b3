/**
 * The menu, and the pages that cover the conversation for a moment: summary, clearing.
 *
 * Each takes the focus when it opens and gives it back when it closes; Escape closes the topmost first.
 */
import { h } from "./render.js";

export class Sheets {
  constructor($, say, talk) {
    Object.assign(this, { $, say, talk });
    $.menuButton.addEventListener("click", () => (this.menuOpen ? this.closeMenu() : this.openMenu()));
    $.panel.addEventListener("click", ({ target }) => {
      if (!$.menu.contains(target) && !$.menuButton.contains(target)) this.closeMenu(false);
    });
    $.menu.addEventListener("focusout", ({ relatedTarget: next }) => {
      if (next && !$.menu.contains(next) && next !== $.menuButton) this.closeMenu(false);
    });
  }

  get menuOpen() {
    return !this.$.menu.hidden;
  }

  /** Close what lies on top; false when nothing did. */
  escape() {
    if (this.menuOpen) this.closeMenu();
    else if (!this.$.sheet.hidden) this.close();
    else return false;
    return true;
  }

  openMenu() {
    const item = (label, note, press) =>
      h("button", { type: "button", onclick: () => (this.closeMenu(), press()) }, this.say(label), note && h("small", null, this.say(note)));
    const { shared } = this.talk.keep;
    this.$.menu.replaceChildren(
      item("summary", "summaryNote", () => this.summary()),
      item("clear", "clearNote", () => this.clear()),
      item(shared ? "sharedOff" : "shared", shared ? null : "sharedNote", () => this.talk.share(!shared)),
    );
    this.#menu(true);
    this.$.menu.firstChild.focus();
  }

  closeMenu(focus = true) {
    if (!this.menuOpen) return;
    this.#menu(false);
    if (focus) this.$.menuButton.focus();
  }

  #menu(open) {
    this.$.menu.hidden = !open;
    this.$.menuButton.setAttribute("aria-expanded", open);
  }

  close() {
    this.#cover(false);
    this.$.menuButton.focus();
  }

  #show(label, ...parts) {
    this.$.sheet.setAttribute("aria-label", this.say(label));
    this.$.sheet.replaceChildren(h("h3", null, this.say(label)), ...parts);
    this.#cover(true);
    this.$.sheet.focus();
  }

  /** What lies below a sheet can be neither seen nor reached by key; header and help line stay. */
  #cover(on) {
    this.$.sheet.hidden = !on;
    this.$.scroller.hidden = this.$.form.hidden = this.$.notice.inert = on;
  }

  #button(label, press, main) {
    return h(`button.button${main ? ".button--main" : ""}`, { type: "button", onclick: press }, this.say(label));
  }

  async summary() {
    const place = h("div", { role: "status" }, h("p", null, this.say("loading")));
    const actions = h("div.links", null, this.#button("done", () => this.close()));
    this.#show("summary", place, actions);
    try {
      const html = await this.talk.summary();
      if (!html) return place.replaceChildren(h("p", null, this.say("summaryEmpty")));
      const paper = readSummary(html);
      place.replaceChildren(paper);
      actions.prepend(this.#button("print", () => print(paper), true), this.#button("save", () => save(paper.innerText)));
    } catch {
      place.replaceChildren(h("p", null, this.say("summaryFailed")));
    }
  }

  clear() {
    const wrong = h("div", { role: "alert" });
    this.#show("clearAsk", h("p", null, this.say("clearHere")), h("p", null, this.say("clearThere")), wrong,
      h("div.links", null,
        this.#button("clearNo", () => this.close(), true),
        this.#button("clearHereYes", () => (this.close(), this.talk.forget())),
        this.#button("clearThereYes", async () => {
          const reason = await this.talk.erase();
          if (reason) wrong.replaceChildren(h("p", null, reason));
          else this.close();
        })));
  }
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
