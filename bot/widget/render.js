/**
 * From what was said to what is seen: elements, rich text, advice cards.  Text stays text: elements are made from
 * code and never parsed, and links only for numbers that the server names in fields of its own.
 */

/**
 * One element: `h("p.a.b", {id: "x", onclick: press}, "text", child)`.
 * Attributes that are null or false are left out; strings become text nodes.
 */
export function h(tag, about, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(about ?? {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(9).filter((child) => child || child === 0));
  return element;
}

const SHAPES = {
  chat: "M12 3.5c-5 0-9 3.3-9 7.4 0 2.2 1.2 4.2 3 5.5-.1 1.2-.6 2.5-1.5 3.6 1.9-.2 3.6-.9 4.8-1.9.9.2 1.8.3 2.7.3 5 0 9-3.3 9-7.4s-4-7.5-9-7.5z",
  close: "M6 6l12 12M18 6 6 18",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M4.5 12h14M12.5 5.5 19 12l-6.5 6.5",
  phone: "M6.2 3.5h3l1.6 4.3-2 1.5c1 2.3 2.7 4 5 5l1.5-2 4.2 1.6v3c0 1.1-.9 2-2 2C10.5 18.9 5.1 13.5 4.2 5.5c0-1.1.9-2 2-2z",
  alert: "M12 3.5 22 20.5H2zM12 10v4.5M12 17.5v.01",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 3.5v4h-4",
  down: "M6 9.5l6 6 6-6",
};

/** A decorative line icon; the words beside it carry the meaning. */
export function icon(name) {
  const make = (tag, about) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const key in about) element.setAttribute(key, about[key]);
    return element;
  };
  const svg = make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: `icon icon--${name}` });
  svg.append(make("path", { d: SHAPES[name] }));
  return svg;
}

/** True when the element was drawn from something else: what is in use must not be replaced by its like. */
export const stale = (element, ...from) => element.from !== (element.from = JSON.stringify(from));

/** Words for screen readers only. */
export const hidden = (text) => h("span.hidden", null, text);

/** "01632 960 123" -> "tel:01632960123"; null when it is no telephone number. */
export function telephone(number) {
  const dialled = String(number ?? "").replace(/[\s()./-]/g, "");
  return /^\+?\d{2,15}$/.test(dialled) ? `tel:${dialled}` : null;
}

const BULLET = /^\s*[-•*]\s+(?=\S)/;
const NUMBERED = /^\s*\d{1,2}[.)]\s+(?=\S)/;

/** A div of paragraphs and lists; `numbers` that stand alone in the text become telephone links. */
export function rich(text, numbers = []) {
  const out = h("div.rich");
  for (const block of text.split(/\r?\n\s*\n/)) {
    let open = null; // the paragraph or list that the next line may continue
    for (const line of block.split(/\r?\n/)) {
      const kind = BULLET.test(line) ? "ul" : NUMBERED.test(line) ? "ol" : "p";
      const more = open?.localName === kind;
      if (!more) out.append((open = h(kind)));
      if (kind === "p") open.append(...(more ? [h("br")] : []), ...inline(line, numbers));
      else open.append(h("li", null, inline(line.replace(kind === "ul" ? BULLET : NUMBERED, ""), numbers)));
    }
  }
  return out;
}

/** The patient's own words, exactly as typed. */
export const plain = (text) => h("div", null, text.split("\n").map((line, index) => [index ? h("br") : null, line]));

/** Bold and telephone links of one line, as nodes. */
function inline(line, numbers) {
  const known = numbers.filter(telephone).sort((a, b) => b.length - a.length);
  const quoted = known.map((number) => number.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const pattern = quoted && new RegExp(`(?<![\\d.,+])(${quoted})(?!\\d|[.,]\\d)`);
  const linked = (part) => (pattern ? part.split(pattern) : [part])
    .map((piece) => (known.includes(piece) ? h("a", { href: telephone(piece) }, piece) : piece));
  return line.split(/\*\*([^*]+)\*\*/).flatMap((part, index) => (index % 2 ? [h("strong", null, linked(part))] : linked(part)));
}

const PREFIX = { emergency: "prefixEmergency", urgent: "prefixUrgent", check: "prefixCheck" };
let made = 0;

/** The card of a message, or null; an unknown level is plain information. */
export function cardOf({ card }) {
  if (!card) return null;
  const { level, title, number, number_label: label, items } = card;
  return { level: PREFIX[level] ? level : "info", title, number, label, items: items ?? [] };
}

/** The advice card: how soon, in words first (colour and icon only repeat it); a link that dials; what to do. */
export function cardElement(message, numbers, say) {
  const { level, title, number, label, items } = cardOf(message);
  const id = `card-${++made}`;
  const dial = telephone(number);
  return h(`section.card.card--${level}`, { "aria-labelledby": id },
    h("h3", { id }, icon(PREFIX[level] && level !== "check" ? "alert" : "chat"),
      h("span", null, PREFIX[level] && h("span.card__level", null, `${say(PREFIX[level])} `), title || say("assistant"))),
    h("div.card__body", null,
      dial && h("a.call", { href: dial }, icon("phone"), label || say("call", { number })),
      message.text !== title && rich(message.text, numbers),
      items.length > 0 && h("ul", null, items.map((item) => h("li", null, inline(item, numbers))))));
}

/** What is read out at once: the level, the heading, then the advice. */
export function cardAloud(message, say) {
  const { level, title, items } = cardOf(message);
  return [PREFIX[level] && say(PREFIX[level]), title, message.text !== title && message.text, ...items]
    .filter(Boolean).join(" ").replaceAll("**", "");
}
