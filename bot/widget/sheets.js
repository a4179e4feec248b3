/**
 * The menu, and the frame of the pages that cover the conversation for a moment (pages.js).
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
    else if (this.coming) this.coming = null;
    else return false;
    return true;
  }

  openMenu() {
    const item = (label, note, press) =>
      h("button", { type: "button", onclick: () => (this.closeMenu(), press()) }, this.say(label), note && h("small", null, this.say(note)));
    const { store, keep: { shared } } = this.talk;
    const remembered = store.settings?.remembered;
    this.$.menu.replaceChildren(
      item("summary", "summaryNote", () => this.#open("summary")),
      item("clear", "clearNote", () => this.#open("clear")),
      item(shared ? "sharedOff" : "shared", shared ? null : "sharedNote", () => this.talk.share(!shared)),
      shared || store.phase !== "open" ? "" : item(remembered ? "rememberOff" : "remember", remembered ? null : "rememberNote", () => this.talk.remember(!remembered)),
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

  show(label, ...parts) {
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

  button(label, press, main) {
    return h(`button.button${main ? ".button--main" : ""}`, { type: "button", onclick: press }, this.say(label));
  }

  /** Their file is fetched once the chat is open, so that clearing works without a server too. */
  async #open(page) {
    const asked = (this.coming = Symbol(page)); // Escape takes it back while the file is on its way
    try {
      const pages = await import("./pages.js");
      if (this.coming === asked) pages[page](this);
    } catch {
      this.talk.view.speak(this.say("pageFailed"));
    }
    if (this.coming === asked) this.coming = null;
  }
}
