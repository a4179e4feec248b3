/**
 * The fixed parts of the chat box, and the conversation kept in step with the store: rows are added, moved and
 * restated, never rebuilt, so that a screen reader hears only what is new and a reader's place is not lost.
 */
import { cardElement, cardOf, h, hidden, icon, plain, rich, stale, telephone } from "./render.js";

/** The parts by name. */
export function build(say, clinic) {
  const $ = {};
  const tool = (name, picture, label, about) =>
    ($[name] = h("button.tool", { type: "button", ...about }, icon(picture), hidden(label)));
  $.badge = h("span.badge", { hidden: true });
  $.launcher = h("button.launcher", { type: "button", "aria-haspopup": "dialog" }, icon("chat"), h("span", null, say("open")), $.badge);
  $.who = h("p", { id: "who" });
  $.banner = h("p.banner", { hidden: true });
  $.help = h("div.help");
  $.menu = h("div.menu", { id: "menu", hidden: true });
  $.intro = h("div.intro");
  $.log = h("div.log", { role: "log", "aria-label": say("log"), "aria-live": "polite", "aria-relevant": "additions" });
  $.replies = h("div.replies", { role: "group", "aria-label": say("suggested"), hidden: true });
  $.writing = h("div.writing", { hidden: true });
  $.latest = h("button.latest", { type: "button", hidden: true }, icon("down"), say("newMessages"));
  $.scroller = h("div.scroller", { tabindex: "0", role: "region", "aria-label": say("messages") },
    $.intro, $.log, $.replies, $.writing, $.latest);
  $.notice = h("div.notice", { hidden: true });
  $.text = h("textarea", { id: "text", rows: "1", enterkeyhint: "send", placeholder: say("placeholder"), "aria-describedby": "hint count" });
  $.count = h("p.count", { id: "count", hidden: true });
  $.form = h("form.compose", { novalidate: true },
    h("label.hidden", { for: "text" }, say("message")),
    h("div.compose__row", null, $.text, h("button.send", { type: "submit" }, icon("send"), hidden(say("send")))),
    h("p.hidden", { id: "hint" }, say("hint")), $.count);
  $.sheet = h("div.sheet", { role: "group", tabindex: "-1", hidden: true });
  $.inside = regions();
  $.outside = regions();
  $.panel = h("dialog.panel", { "aria-labelledby": "title", "aria-describedby": "who" },
    h("div.head", null,
      h("div", null, h("h2", { id: "title" }, hidden(say("title")), clinic || say("clinic")), $.who),
      tool("menuButton", "more", say("menu"), { "aria-expanded": "false", "aria-controls": "menu" }),
      tool("closeButton", "close", say("close"))),
    $.menu, $.banner, $.help, $.scroller, $.sheet, $.notice, $.form, Object.values($.inside));
  return $;
}

/** Seen and heard are separate elements.  `alert` interrupts and is for danger only. */
const regions = () => ({ status: h("div.hidden", { role: "status" }), alert: h("div.hidden", { role: "alert" }) });

/** Say it to a screen reader.  An open modal panel makes the rest of the page mute, hence two pairs. */
export function aloud($, role, text) {
  ($.panel.open ? $.inside : $.outside)[role].replaceChildren(h("p", null, text));
}

/** The line that always says where help is, in the same place in every state. */
export function fillHelp($, say, [emergency, phone], danger) {
  if (!stale($.help, emergency, phone, danger)) return;
  const now = danger === "emergency";
  $.help.classList.toggle("help--danger", now);
  const words = now ? say("call", { number: emergency }) : say("emergency", { number: emergency });
  $.help.replaceChildren(
    telephone(emergency)
      ? h("a.danger", { href: telephone(emergency) }, icon(now ? "phone" : "alert"), words)
      : h("p", null, emergency || say("emergencyAnywhere")),
    telephone(phone) ? h("a", { href: telephone(phone) }, icon("phone"), hidden(say("ring")), phone) : "",
  );
}

/** A line above the message box: what is wrong, whom to ring, what to press.  No text hides it. */
export function fillNotice($, say, text = "", { numbers = [], button, press } = {}) {
  if (!stale($.notice, text, numbers, button)) return;
  $.notice.hidden = !text;
  $.notice.replaceChildren(
    h("p", null, text),
    ...numbers.filter(telephone).map((number) => h("a", { href: telephone(number) }, say("call", { number }))),
    button ? h("button.button", { type: "button", onclick: press }, button) : "",
  );
}

const GROUP = 5 * 60_000; // messages of one author closer than this share a heading

export class Log {
  #rows = new Map(); // id -> {row, head, state, shown}
  #follow = true;

  /** @param {object} on - lang, numbers() to link, retry(id), reply(button). */
  constructor($, say, on) {
    Object.assign(this, { $, say, on });
    this.clock = new Intl.DateTimeFormat(on.lang, { hour: "2-digit", minute: "2-digit" });
    this.date = new Intl.DateTimeFormat(on.lang, { weekday: "long", day: "numeric", month: "long" });
    $.scroller.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = $.scroller;
      this.#follow = scrollHeight - scrollTop - clientHeight < 60;
      if (this.#follow) $.latest.hidden = true;
    }, { passive: true });
    $.latest.addEventListener("click", () => this.bottom());
    new ResizeObserver(() => this.#follow && this.#settle()).observe($.scroller);
  }

  /** Show the store as it is now.  Only rows that are new to the patient are heard. */
  show(store) {
    const fresh = store.list.filter((message) => !this.#rows.has(message.id));
    const aloud = fresh.some((message) => !message.old);
    if (fresh.length && !aloud) this.#hush();
    for (const [id, { row }] of this.#rows) {
      if (store.find(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    let place = this.$.log.firstChild;
    store.list.forEach((message, index) => {
      let entry = this.#rows.get(message.id);
      if (!entry) this.#rows.set(message.id, (entry = this.#make(message)));
      if (place === entry.row) place = place.nextSibling;
      else this.$.log.insertBefore(entry.row, place);
      this.#restate(entry, message, store.list[index - 1]);
    });
    this.#replies(store);
    this.#writing(store);
    if (fresh.length) this.#reveal(store, fresh, aloud);
    else if (this.#follow && store.writing) this.bottom();
    else if (this.start && this.$.latest.hidden && this.#place() === this.placed) this.#settle(); // rows above it moved or grew, the reader did not
  }

  /** How far the reader has scrolled, in pixels; in low windows it is the panel that scrolls. */
  #place() {
    return this.$.scroller.scrollTop + this.$.panel.scrollTop;
  }

  #hush() {
    this.$.log.setAttribute("aria-live", "off");
    clearTimeout(this.hushed);
    this.hushed = setTimeout(() => this.$.log.setAttribute("aria-live", "polite"), 500);
  }

  bottom() {
    for (const part of [this.$.scroller, this.$.panel]) part.scrollTop = part.scrollHeight; // the panel in low windows
    this.$.latest.hidden = true;
    this.#follow = true;
  }

  #make(message) {
    const head = h("div");
    const state = h("div.state", { "aria-live": "off", hidden: true });
    const card = cardOf(message);
    const content = card ? cardElement(message, this.on.numbers(), this.say) : this.#bubble(message);
    const row = h(`div.said.said--${message.author}${message.old ? "" : ".said--new"}`, null, head, content, state);
    // The alert speaks an emergency; hearing it twice would delay the call.
    if (card?.level === "emergency") row.setAttribute("aria-live", "off");
    return { row, head, state };
  }

  #bubble(message) {
    const own = message.author === "patient";
    const bubble = h("div.bubble", null, hidden(this.say("said", { who: this.#name(message) })), own ? plain(message.text) : rich(message.text, this.on.numbers()));
    if (message.buttons.length) bubble.append(hidden(`${this.say("suggested")}: ${message.buttons.map((button) => button.title).join(", ")}.`));
    return bubble;
  }

  #name(message) {
    if (message.author === "patient") return this.say("you");
    if (message.author === "staff") return message.name ? `${message.name}, ${this.say("team")}` : this.say("team");
    return this.say(message.author === "system" ? "clinicName" : "assistant");
  }

  /** Headings, times and delivery, which change with the neighbours and the network. */
  #restate({ row, head, state }, message, previous) {
    const newDay = previous?.at.toDateString() !== message.at.toDateString();
    const first = newDay || this.#name(previous) !== this.#name(message) || message.at - previous.at > GROUP;
    if (!stale(row, newDay, first, message.state, message.why, message.at, this.#day(message.at))) return;
    row.classList.toggle("said--first", first);
    const time = () => h("time", { datetime: message.at.toISOString() }, this.clock.format(message.at));
    head.replaceChildren(
      ...(newDay ? [h("p.day", null, this.#day(message.at))] : []),
      ...(first && /assistant|staff/.test(message.author) ? [h("p.who", { "aria-hidden": "true" }, `${this.#name(message)} · `, time())] : []),
    );
    state.hidden = message.author !== "patient";
    state.className = `state${message.state === "failed" ? " state--failed" : ""}`;
    if (message.state === "sent") state.replaceChildren(`${this.say("sent")} `, time());
    else if (message.state === "sending") state.replaceChildren(message.why || this.say("sending"));
    else {
      state.replaceChildren(
        h("span", null, message.why || this.say("failed")),
        h("button", { type: "button", onclick: () => this.on.retry(message.id) }, icon("retry"), this.say("retry")),
      );
    }
  }

  #day(at) {
    const days = Math.round((new Date().setHours(12, 0, 0, 0) - new Date(at).setHours(12, 0, 0, 0)) / 86_400_000);
    return days === 0 ? this.say("today") : days === 1 ? this.say("yesterday") : this.date.format(at);
  }

  #replies(store) {
    const buttons = store.phase === "open" ? store.buttons : [];
    if (!stale(this.$.replies, buttons, store.list.at(-1)?.id)) return;
    this.$.replies.hidden = !buttons.length;
    this.$.replies.replaceChildren(...buttons.map((button) =>
      h("button", { type: "button", onclick: () => this.on.reply(button) }, button.title)));
  }

  #writing(store) {
    const on = store.phase === "open" && store.writing;
    if (!stale(this.$.writing, on)) return;
    this.$.writing.hidden = !on;
    const who = on === true ? this.say(store.mode === "staff" ? "team" : "assistant") : on;
    this.$.writing.replaceChildren(...(on ? [h("span.dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i")), this.say("writing", { who })] : []));
  }

  /** Bring an answer into view from its beginning, unless the reader went back to read: then offer it. */
  #reveal(store, fresh, aloud) {
    const card = fresh.find((message) => cardOf(message)?.level === "emergency");
    if (aloud && !this.#follow && !card && fresh[0].author !== "patient") {
      this.$.latest.hidden = false;
      return;
    }
    const first = card ?? store.list[store.list.findLastIndex((message) => message.author === "patient") + 1];
    this.start = aloud && this.#rows.get(first?.id)?.row;
    this.#settle();
  }

  #settle() {
    this.bottom();
    const top = (element) => element.getBoundingClientRect().top;
    if (this.start && top(this.start) < Math.max(0, top(this.$.scroller))) this.start.scrollIntoView();
    this.placed = this.#place();
  }
}
