/**
 * <b12-chat>: the chat box of a clinic's website.  The one file a page loads, as a module.
 * Joins the conversation (talk.js) to its view; decides nothing.
 *
 * Attributes and variables: docs/embedding.md.  It never hides: without a server it still shows whom to ring.
 */
import { rich, stale } from "./render.js";
import { Sheets } from "./sheets.js";
import { applyTheme, sheet } from "./styles.js";
import { Talk } from "./talk.js";
import { Log, aloud, build, fillHelp, fillNotice } from "./view.js";
import { speak } from "./words.js";

const SMALL = matchMedia("(max-width: 36em), (max-height: 30em)"); // as in styles.js: the panel covers the page

class B12Chat extends HTMLElement {
  static observedAttributes = ["accent", "accent-dark", "open"];
  #attached; // AbortController of the listeners on what is not ours

  connectedCallback() {
    if (!this.$) this.#make();
    this.#attached = new AbortController();
    const { signal } = this.#attached;
    addEventListener("online", () => this.talk.transport.wake(), { signal });
    addEventListener("pagehide", () => this.talk.keep.shared && this.talk.forget(), { signal });
    document.addEventListener("visibilitychange", () => this.talk.front(), { signal });
    SMALL.addEventListener("change", () => this.#refit(), { signal });
    this.talk.resume();
    this.#show();
    if (this.hasAttribute("open")) this.open();
  }

  disconnectedCallback() {
    this.talk.transport.stop();
    this.#attached.abort();
  }

  attributeChangedCallback(name) {
    if (!this.$) return;
    if (name !== "open") applyTheme(this);
    else if (this.hasAttribute("open")) this.open();
    else this.close();
  }

  open() {
    if (this.$.panel.open) return;
    this.#unfold();
    this.$.launcher.hidden = true;
    this.toggleAttribute("open", true);
    this.talk.seen();
    this.log.bottom();
    this.$.text.focus();
    setTimeout(() => import("./pages.js").catch(() => {}), 3_000);
    if (this.talk.store.phase === "new") this.talk.start(this.getAttribute("region"));
  }

  close() {
    if (!this.$.panel.open) return;
    while (this.sheets.escape());
    this.$.panel.close();
    this.$.launcher.hidden = false;
    this.toggleAttribute("open", false);
    this.$.launcher.focus();
  }

  // --- making ---

  #make() {
    if (!this.hasAttribute("theme")) this.setAttribute("theme", "auto");
    const lang = this.lang || this.closest("[lang]")?.lang || "en";
    this.say = speak(lang);
    this.$ = build(this.say, this.getAttribute("clinic"));
    this.talk = new Talk(this.getAttribute("server") ?? "", this.say, {
      changed: () => this.#show(),
      speak: (text) => aloud(this.$, "status", text),
      alert: (text) => aloud(this.$, "alert", text),
      visible: () => this.$.panel.open && !document.hidden,
      draft: (text) => this.#draft(text),
    });
    this.talk.keep.shared = this.hasAttribute("shared-device");
    this.log = new Log(this.$, this.say, {
      lang, numbers: () => this.#numbers, retry: (id) => this.talk.send(id), reply: (button) => this.#tell(button.say),
    });
    this.sheets = new Sheets(this.$, this.say, this.talk);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.$.launcher, this.$.panel, ...Object.values(this.$.outside));
    applyTheme(this);
    this.#listen();
  }

  #listen() {
    const { launcher, closeButton, panel, form, text } = this.$;
    launcher.addEventListener("click", () => this.open());
    closeButton.addEventListener("click", () => this.close());
    panel.addEventListener("cancel", (event) => event.preventDefault()); // Escape is handled below, topmost first
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      if (!this.sheets.escape()) this.close();
    });
    const submit = (event) => {
      event.preventDefault();
      const words = text.value.trim();
      text.focus();
      if (!words || this.#over() > 0 || !["starting", "open"].includes(this.talk.store.phase)) return; // the draft stays
      this.#draft("");
      this.talk.keep.write({ draft: "" });
      this.#tell(words);
    };
    form.addEventListener("submit", submit);
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
    });
    text.addEventListener("input", () => {
      this.talk.keep.write({ draft: text.value });
      this.#count();
    });
  }

  /** On a small screen the panel covers the page, so nothing behind it may be reached. */
  #unfold() {
    this.$.panel[SMALL.matches ? "showModal" : "show"]();
  }

  #refit() {
    if (!this.$.panel.open) return;
    const focused = this.shadowRoot.activeElement;
    this.$.panel.close();
    this.#unfold();
    focused?.focus();
  }

  // --- saying ---

  #tell(words) {
    this.$.text.focus();
    this.talk.tell(words);
  }

  #draft(text) {
    this.$.text.value = text;
    this.#count();
  }

  /** Characters above what the server takes. */
  #over() {
    return [...this.$.text.value].length - (this.talk.store.settings?.max_characters ?? 8000);
  }

  #count() {
    const over = this.#over();
    const { count, text } = this.$;
    count.hidden = over <= 0;
    count.textContent = this.say("tooLong", { count: over });
    text.setAttribute("aria-invalid", over > 0);
  }

  // --- showing ---

  /** The emergency number and the clinic's; the page's own until the server has said. */
  get #numbers() {
    const { settings } = this.talk.store;
    return [settings?.emergency_number ?? this.getAttribute("emergency-number"), settings?.clinic_phone ?? this.getAttribute("phone")];
  }

  #show() {
    if (!this.log) return;
    const { $, say, talk: { store, keep, unread } } = this;
    this.log.show(store);
    $.who.textContent = say((store.phase === "open" && { staff: "staff", waiting: "waiting" }[store.mode]) || "automated");
    $.banner.textContent = [store.settings?.banner, keep.shared && say("sharedOn")].filter(Boolean).join(" ");
    $.banner.hidden = !$.banner.textContent;
    fillHelp($, say, this.#numbers, store.danger);
    const opening = store.phase === "starting" ? say("starting") : this.getAttribute("opening") ?? "";
    if (stale($.intro, opening)) $.intro.replaceChildren(opening && rich(opening));
    this.#notice();
    $.badge.hidden = !unread;
    $.badge.textContent = store.unread;
    $.launcher.setAttribute("aria-label", [say("open"), unread].filter(Boolean).join(", "));
    $.launcher.classList.toggle("launcher--danger", store.danger === "emergency" && store.unread > 0);
  }

  #notice() {
    const { $, say, talk: { store } } = this;
    const again = (label) => ({ button: say(label), press: () => this.#again() });
    const numbers = this.#numbers;
    if (store.phase === "refused") fillNotice($, say, store.why || `${say("cannotStart")} ${say("offlineHelp")}`, { numbers, ...again("retry") });
    else if (store.phase === "ended") fillNotice($, say, store.why, again("startNew"));
    else if (!store.connected) fillNotice($, say, `${say("offline")} ${say("offlineHelp")}`, { numbers });
    else if (store.overdue) fillNotice($, say, say("noAnswer"), { numbers });
    else fillNotice($, say);
  }

  #again() {
    this.$.text.focus();
    this.talk.again(this.getAttribute("region"));
  }
}

customElements.get("b12-chat") ?? customElements.define("b12-chat", B12Chat);
