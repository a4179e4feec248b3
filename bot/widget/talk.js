/**
 * One conversation: opens and resumes the session, sends in order, takes what comes, keeps tabs in step.
 *
 * Knows nothing of elements.  What it wants shown is in `store`; what it wants spoken goes to `view`.
 */
import { cardAloud, cardOf } from "./render.js";
import { Keep, Store } from "./store.js";
import { Refused, Transport } from "./transport.js";

const NO_ANSWER = 20_000; // the server promises an answer in 8 s; past this the patient is told whom to ring

const WRITING_LASTS = 8_000; // nobody who fell silent is shown as writing, should the server's word get lost

export class Talk {
  #heard = 0; // seq up to which messages were shown on an earlier page: not new, not spoken
  #timer = 0;
  #quiet = 0; // timer: a member of staff no longer writes
  #queue = Promise.resolve();

  /** @param {object} view - changed(), speak(text), alert(text), visible() -> boolean, draft(text). */
  constructor(server, say, view) {
    Object.assign(this, { server, say, view, store: new Store(view.changed) });
    this.transport = new Transport(server, {
      message: (raw) => this.#message(raw),
      stored: ({ id, seq }) => this.store.stored(id, seq),
      typing: (on, by) => this.#typing(on, by),
      mode: (mode) => this.#mode(mode),
      over: (kind, sentence) => this.#over(kind, sentence),
      line: (on) => this.#line(on),
    }, this.store);
    this.keep = new Keep(server, { asked: () => this.#session(this.store.cursor), told: (kind) => this.#told(kind) });
  }

  // --- the session ---

  #session(heard) {
    const { token } = this.transport;
    return token && { token, settings: this.store.settings, heard };
  }

  /** After a page change: take up the conversation of this tab, draft and unsent words included. */
  resume() {
    if (this.transport.token) return this.transport.listen();
    const { session, draft, unsent } = this.keep.read();
    if (draft) this.view.draft(draft);
    if (!session) return;
    this.#join(session);
    for (const { id, text, at } of unsent ?? []) {
      this.store.compose(id, text, new Date(at));
      this.send(id);
    }
  }

  async start(region) {
    if (!["new", "refused"].includes(this.store.phase)) return;
    this.store.set({ phase: "starting" });
    const [borrowed, memory] = await Promise.all([this.keep.borrow(), this.#memory()]);
    if (borrowed) return this.#join(borrowed);
    try {
      const known = this.keep.shared ? null : memory?.recall(this.server);
      const { token, messages = [], after: heard, resume, ...settings } = await this.transport.open(region, known);
      if (known) memory.keep(this.server, resume);
      this.#join({ token, settings: { ...settings, remembered: Boolean(resume) }, heard });
      for (const message of messages) this.#message(message);
    } catch (error) {
      this.store.set({ phase: "refused", why: error instanceof Refused ? error.message : "" });
      for (const { id } of this.store.unsent) this.store.mark(id, "failed");
      this.view.speak(this.store.why || this.say("cannotStart"));
    }
  }

  /** A new session after the old one ended; words that were not sent go back into the message box. */
  again(region) {
    const words = this.store.unsent.map(({ text }) => text).join("\n");
    this.keep.write({ unsent: [] });
    this.store.reset();
    if (words) this.view.draft(words);
    return this.start(region);
  }

  #join({ token, settings, heard = 0 }) {
    this.transport.token = token;
    this.#heard = heard;
    this.store.set({ phase: "open", settings });
    this.#remember();
    this.transport.listen();
    for (const { id } of this.store.unsent) this.send(id); // said while the session was still being opened
    this.front();
  }

  #over(kind, sentence) {
    if (kind === "erased") return this.forget(this.say("erased"));
    this.keep.write({ session: undefined }); // the unsent words stay for the next session
    this.store.set({ phase: "ended", why: sentence || this.say("ended") });
    this.view.speak(this.store.why);
  }

  /** Empty this device, in every tab; what the clinic has stays as it is. */
  forget(sentence = this.say("cleared"), tell = true) {
    this.#unremember();
    this.transport.stop();
    this.transport.token = null;
    this.keep.forget();
    clearTimeout(this.#timer);
    this.#heard = 0;
    this.view.draft("");
    this.store.reset();
    this.store.set({ phase: "ended", why: sentence });
    this.view.speak(sentence);
    if (tell) this.keep.tell("forgotten");
  }

  /** Resolves to why it could not be done, "" when it was. */
  async erase() {
    try {
      const { message } = await this.transport.erase();
      this.forget(message ?? this.say("erased")); // a message: it is done once staff have dealt with a danger
      return "";
    } catch (error) {
      return (error instanceof Refused && error.message) || this.say("eraseFailed");
    }
  }

  /** Resolves to HTML, "" when there is nothing to sum up yet. */
  async summary() {
    try {
      return await this.transport.summary();
    } catch (error) {
      if (error.status === 404) return "";
      throw error;
    }
  }

  /** On a shared device nothing stays in the browser, and leaving the page ends the chat here. */
  share(on) {
    if (on) {
      this.keep.forget();
      this.#unremember();
      if (this.store.settings) this.store.settings.remembered = false;
    }
    this.keep.shared = on;
    this.#remember();
    if (on) this.view.speak(this.say("sharedOn"));
    this.view.changed();
  }

  /** The device keeps a token for two weeks, or no longer does; asked for by the patient only. */
  async remember(on) {
    let done = false;
    try {
      const { resume } = await this.transport.remember(on);
      done = (await this.#memory()).keep(this.server, resume);
    } catch {
      // Nothing is kept then, and the patient is told so.
    }
    if (done) this.store.set({ settings: { ...this.store.settings, remembered: on } });
    this.#remember();
    this.view.speak(this.say(!done ? "rememberFailed" : on ? "rememberOn" : "rememberEnded"));
  }

  /** null when the file cannot be had in time: the chat does not wait for it. */
  #memory() {
    return Promise.race([import("./remember.js").catch(() => null), new Promise((resolve) => setTimeout(resolve, 5_000, null))]);
  }

  /** No token stays here; the server ends what it gave out, if it can be reached. */
  #unremember() {
    if (!this.store.settings?.remembered) return;
    this.transport.remember(false).catch(() => {});
    this.#memory().then((memory) => memory?.keep(this.server));
  }

  // --- receiving ---

  #message(raw) {
    const old = raw.seq !== null && raw.seq <= this.#heard;
    const message = this.store.accept(raw, old, this.view.visible());
    if (!message || old) return;
    this.#remember();
    if (cardOf(message)?.level === "emergency") this.view.alert(cardAloud(message, this.say));
    else if (this.store.unread) this.view.speak(this.unread);
  }

  get unread() {
    const count = this.store.unread;
    return count ? this.say(count === 1 ? "unreadOne" : "unreadMany", { count }) : "";
  }

  #mode(mode) {
    if (!mode || mode === this.store.mode) return;
    this.store.set({ mode });
    if (mode === "staff" || mode === "waiting") this.view.speak(this.say(mode));
  }

  /** `by`: the name of a member of staff, who says again every few seconds that they still write. */
  #typing(on, by) {
    clearTimeout(this.#quiet);
    this.store.set({ writing: on && (by || true) });
    if (on && by) this.#quiet = setTimeout(() => this.store.set({ writing: false }), WRITING_LASTS);
  }

  #line(connected) {
    if (connected === this.store.connected) return;
    this.store.set({ connected, writing: connected && this.store.writing }); // nobody is seen writing over a dead line
    this.view.speak(this.say(connected ? "online" : "offline"));
    // What the network lost goes out by itself; what the server refused does not.
    if (connected) for (const { id, why } of this.store.unsent) if (!why) this.send(id);
  }

  // --- sending ---

  tell(text) {
    const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
    this.store.compose(id, text);
    this.send(id);
  }

  /** One after the other, so that they arrive in the order they were said.  The same id again is harmless. */
  send(id) {
    this.store.mark(id, "sending");
    this.#queue = this.#queue.then(() => this.#deliver(id));
  }

  async #deliver(id, attempt = 1) {
    this.keep.write({ unsent: this.store.unsent });
    const message = this.store.find(id);
    if (message?.state !== "sending" || !this.transport.token) return;
    try {
      const { seq } = await this.transport.send(id, message.text);
      this.store.mark(id, "sent", { seq });
      this.keep.write({ unsent: this.store.unsent });
      this.#awaitAnswer();
    } catch (error) {
      for (const raw of error.messages ?? []) this.#message(raw); // danger advice comes even with a refusal
      if (error.status === 429 && attempt < 4) {
        this.store.mark(id, "sending", { why: this.say("limited") });
        await new Promise((resolve) => setTimeout(resolve, Math.min(error.retryAfter || 5, 60) * 1000));
        return this.#deliver(id, attempt + 1);
      }
      const refused = error instanceof Refused;
      this.store.mark(id, "failed", { why: refused ? error.message : "" });
      if (error.status === 401) return this.transport.end(error.message);
      if (!refused) this.transport.cut();
      this.view.speak(this.say("failedAloud"));
    }
  }

  #awaitAnswer() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.store.awaiting) return;
      this.store.set({ overdue: true });
      this.view.speak(this.say("noAnswer"));
    }, NO_ANSWER);
  }

  // --- memory and other tabs ---

  /** Keep what the next page needs; what was shown up to now counts as heard there. */
  #remember() {
    if (!this.transport.token) return;
    this.keep.write({ session: this.#session(this.view.visible() ? this.store.cursor : this.#heard) });
  }

  /** The panel was opened: everything in it has been seen. */
  seen() {
    this.store.set({ unread: 0 });
    this.#remember();
  }

  /** Only the tab in front keeps a stream: browsers allow few at a time. */
  front() {
    if (document.hidden || !this.transport.token) return;
    this.keep.tell("in-front");
    this.transport.listen();
    this.transport.wake();
  }

  #told(kind) {
    if (kind === "in-front" && document.hidden) this.transport.stop();
    if (kind === "forgotten" && this.transport.token) this.forget(undefined, false);
  }
}
