/**
 * What the chat box knows (Store), and what outlives a page change or reaches other tabs (Keep).
 * A message is known by its `id`; its `seq` may come later, as danger advice is sent before it is stored.
 */

export class Store {
  constructor(changed) {
    this.changed = changed;
    this.reset();
  }

  reset() {
    this.settings = null;
    this.list = []; // messages in the order shown
    this.cursor = 0; // highest seq that was delivered; the receipt of a send never moves it
    this.unread = 0;
    this.writing = false;
    this.mode = "assistant"; // assistant | waiting | staff | closed
    this.phase = "new"; // new | starting | open | ended | refused
    this.why = ""; // the server's sentence for "ended" and "refused"
    this.connected = true;
    this.overdue = false; // a message has had no answer for too long
  }

  find(id) {
    return this.list.find((message) => message.id === id);
  }

  /** The most urgent advice given here: "emergency", "urgent" or null.  Nothing in the chat takes it back. */
  get danger() {
    const levels = this.list.map((message) => message.card?.level);
    return ["emergency", "urgent"].find((level) => levels.includes(level)) ?? null;
  }

  /** Quick replies of the newest message, as long as nothing was said since. */
  get buttons() {
    return this.list.at(-1)?.buttons ?? [];
  }

  /** The patient said the last word, it was taken, and it is not a person's turn. */
  get awaiting() {
    const last = this.list.at(-1);
    return this.mode !== "staff" && last?.author === "patient" && last.state !== "failed";
  }

  /** What was typed and is not known to be kept: oldest first. */
  get unsent() {
    return this.list.filter((message) => message.author === "patient" && message.state !== "sent");
  }

  /** Take a MESSAGE; returns it when it is new and can be shown.  `old`: shown on an earlier page already. */
  accept(raw, old, seen) {
    const message = readMessage(raw);
    if (!message) return null;
    this.cursor = Math.max(this.cursor, message.seq ?? 0);
    const known = this.find(message.id);
    if (known) {
      Object.assign(known, { state: "sent", at: message.at }); // the server's clock orders the days
      this.#number(known, message.seq);
      this.changed();
      return null;
    }
    message.old = old;
    this.list.push(message);
    this.#number(message, message.seq);
    if (message.author !== "patient") {
      this.writing = false;
      this.overdue = false;
      if (!old && !seen) this.unread += 1;
    }
    this.changed();
    return message;
  }

  /** A message that was shown without a number has one now. */
  stored(id, seq) {
    if (!Number.isInteger(seq)) return;
    this.cursor = Math.max(this.cursor, seq);
    const known = this.find(id);
    if (known) this.#number(known, seq);
  }

  /** Show what the patient wants to say, before any attempt to send it. */
  compose(id, text, at = new Date()) {
    this.list.push({ id, seq: null, author: "patient", name: null, text, card: null, buttons: [], at, state: "sending", why: "" });
    this.changed();
  }

  mark(id, state, { seq = null, why = "" } = {}) {
    const message = this.find(id);
    if (!message || message.state === "sent") return;
    Object.assign(message, { state, why });
    this.#number(message, seq);
    this.changed();
  }

  set(changes) {
    Object.assign(this, changes);
    this.changed();
  }

  /** Give a listed message its number; it moves only where the numbers of others demand it. */
  #number(message, seq) {
    if (!Number.isInteger(seq)) return;
    message.seq = seq;
    const from = this.list.indexOf(message);
    const before = this.list.findIndex((other, index) => index < from && other.seq > seq); // null is never greater
    const after = this.list.findLastIndex((other, index) => index > from && other.seq && other.seq < seq);
    const to = before >= 0 ? before : after;
    if (to >= 0) this.list.splice(to, 0, ...this.list.splice(from, 1));
  }
}

/** A server message with what may be missing filled in; null for what cannot be shown, an empty one included. */
function readMessage({ id, seq, author, author_name: name, text = "", card, buttons, at }) {
  if (!id || !(text || card)) return null;
  return { id, seq, author, name, text, card, buttons: buttons ?? [], at: new Date(at ?? Date.now()), state: "sent", why: "" };
}

/**
 * sessionStorage only, which dies with the tab: token, draft and unsent words, never the conversation; on a shared
 * device nothing.  A second tab asks the first for the token, so both show one conversation and no disk is needed.
 */
export class Keep {
  #name;
  #channel;
  #answer = () => {};

  /** @param {object} on - asked() -> session or null, told(kind). */
  constructor(server, on) {
    this.#name = `b12-chat:${server}`;
    this.shared = false;
    this.on = on;
    if (typeof BroadcastChannel === "function") {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.onmessage = ({ data }) => this.#hear(data);
    }
  }

  /** What was kept; {} when nothing was or the browser refuses. */
  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#name)) ?? {};
    } catch {
      return {};
    }
  }

  write(changes) {
    if (this.shared) return;
    try {
      sessionStorage.setItem(this.#name, JSON.stringify({ ...this.read(), ...changes }));
    } catch {
      // A forbidden store costs the memory of this tab, not the chat.
    }
  }

  forget() {
    try {
      sessionStorage.removeItem(this.#name);
    } catch {
      // Nothing was kept.
    }
  }

  /** The session of another tab of this site, or null when none answers within 150 ms. */
  borrow() {
    if (!this.#channel) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 150, null);
      this.#answer = (session) => {
        clearTimeout(timer);
        resolve(session);
      };
      this.tell("who-has-a-session");
    });
  }

  tell(kind, session) {
    this.#channel?.postMessage({ kind, session });
  }

  #hear({ kind, session }) {
    if (kind === "session") this.#answer(session);
    else if (kind !== "who-has-a-session") this.on.told(kind);
    else if (!this.shared && this.on.asked()) this.tell("session", this.on.asked());
  }
}
