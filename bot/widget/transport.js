/**
 * Carries messages between the chat box and the clinic's server, as docs/api.md says.
 *
 * One stream, read with fetch (EventSource cannot send a header), is taken up again where it broke; where a network
 * swallows streams it asks instead.  Nothing is remembered here but the token.
 */

const SILENCE = 40_000; // the server breathes every 15 s; longer silence is a dead line
const FIRST_BYTE = 20_000; // a stream that opens but says nothing is being held back on the way
const ATTEMPT = 15_000;

/** The server said no.  `message` is its sentence for the patient. */
export class Refused extends Error {
  constructor(status, body, retryAfter) {
    super(body.message ?? "");
    Object.assign(this, { status, retryAfter, messages: body.messages ?? [] });
  }
}

export class Transport {
  #listening = null; // AbortController of the loop
  #nudge = () => {};
  #asking = false; // streams do not get through: ask in turns
  #cut = () => {};

  /** `on`: message, stored, typing, mode, over(kind, why), line(connected).  `need`: where to go on from (cursor). */
  constructor(server, on, need) {
    Object.assign(this, { server: server.replace(/\/+$/, ""), on, need, token: null });
  }

  /** `resume`: the token of a device that remembers; the server opens a new chat when it is no good. */
  async open(region, resume) {
    const answer = await this.#call("POST", "/api/sessions", { ...(region && { region }), ...(resume && { resume }) });
    this.token = answer.token;
    return answer;
  }

  send(id, text) {
    return this.#call("POST", "/api/messages", { id, text });
  }

  erase() {
    return this.#call("DELETE", "/api/session");
  }

  /** Resolves to {resume}, or {} when it was ended. */
  remember(on) {
    return this.#call(on ? "POST" : "DELETE", "/api/remember");
  }

  async summary() {
    const response = await this.#fetch("GET", "/api/summary");
    return response.text();
  }

  /** Start listening; again while listening does nothing. */
  listen() {
    if (this.#listening || !this.token) return;
    this.#listening = new AbortController();
    this.#loop(this.#listening.signal);
  }

  stop() {
    this.#listening?.abort();
    this.#listening = null;
    this.#nudge();
  }

  /** The network is back or the page is in front again: do not wait out the pause. */
  wake() {
    this.#nudge();
  }

  /** The network seems gone: find out now instead of waiting for silence. */
  cut() {
    this.#cut();
  }

  async #loop(signal) {
    let failures = 0;
    while (!signal.aborted) {
      const began = performance.now();
      let wait = 0;
      try {
        if (this.#asking) wait = await this.#ask(signal);
        else await this.#stream(signal, () => (failures = 0));
        failures = 0;
        // A line that closes as soon as it opens must not be dialled without a breath in between.
        if (!wait && performance.now() - began < 2_000) wait = 1_000;
      } catch (error) {
        if (signal.aborted) return;
        if (error.status === 401) return this.end(error.message);
        failures += 1;
        this.on.line(false);
        wait = Math.max(backOff(failures), (error.retryAfter ?? 0) * 1000);
      }
      if (!signal.aborted && wait) await this.#pause(wait);
    }
  }

  async #stream(signal, alive) {
    const line = new AbortController();
    const cut = (this.#cut = () => line.abort());
    signal.addEventListener("abort", cut);
    let opened = false;
    let spoken = false;
    let timer = setTimeout(cut, ATTEMPT);
    try {
      const response = await this.#fetch("GET", `/api/stream?after=${this.need.cursor}`, null, line.signal);
      opened = true;
      clearTimeout(timer);
      timer = setTimeout(cut, FIRST_BYTE);
      this.on.line(true);
      for await (const event of events(response.body, () => {
        spoken = true;
        alive();
        clearTimeout(timer);
        timer = setTimeout(cut, SILENCE);
      })) {
        if (this.#take(event)) return;
      }
    } catch (error) {
      if (opened && !spoken && !signal.aborted && navigator.onLine) this.#asking = true;
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", cut);
      line.abort();
    }
  }

  /** True when the conversation is over. */
  #take({ event, data }) {
    let body;
    try {
      body = JSON.parse(data || "{}");
    } catch {
      return false; // a half-written event comes whole after the next reconnect
    }
    if (event === "message") this.on.message(body);
    else if (event === "stored") this.on.stored(body);
    else if (event === "typing") this.on.typing(body.on, body.by);
    else if (event === "mode") this.on.mode(body.mode);
    else if (event === "erased" || event === "expired") {
      this.end(body.message, event);
      return true;
    }
    return false;
  }

  /** One question instead of a stream; returns milliseconds until the next. */
  async #ask(signal) {
    const body = await this.#call("GET", `/api/messages?after=${this.need.cursor}`, null, signal);
    this.on.line(true);
    for (const message of body.messages) this.on.message(message);
    this.on.typing(body.typing, body.typing_by);
    this.on.mode(body.mode);
    if (body.messages.length >= 200) return 1;
    return this.need.awaiting ? 2_000 : 10_000;
  }

  /** The token no longer works. */
  end(sentence = "", kind = "expired") {
    this.stop();
    this.token = null;
    this.on.over(kind, sentence);
  }

  async #call(method, path, body, signal) {
    const response = await this.#fetch(method, path, body, signal);
    return response.status === 204 ? {} : response.json();
  }

  async #fetch(method, path, body = null, signal = AbortSignal.timeout(ATTEMPT)) {
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const response = await fetch(this.server + path, {
      method, headers, signal, body: body && JSON.stringify(body),
      cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer",
    });
    if (response.ok) return response;
    const refusal = await response.json().catch(() => ({}));
    throw new Refused(response.status, refusal, Number(response.headers.get("Retry-After")) || 0);
  }

  #pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#nudge = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The server-sent events of a body as {event, data}; `alive` is called for all bytes, comments included. */
export async function* events(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      const blocks = (text + value).split(/\r?\n\r?\n/);
      text = blocks.pop();
      for (const block of blocks) {
        const fields = block.split(/\r?\n/).map((line) => /^(event|data): ?(.*)$/s.exec(line)).filter(Boolean);
        const of = (name) => fields.filter((field) => field[1] === name).map((field) => field[2]).join("\n");
        if (fields.length) yield { event: of("event") || "message", data: of("data") };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Milliseconds to wait: 1 s doubling to 30 s, scattered so that patients do not all come back in the same second. */
export function backOff(failures, random = Math.random) {
  return Math.min(30_000, 500 * 2 ** failures) * (0.5 + random() / 2);
}
