// The list of messages: in order, grouped, with days, unread mark and jump to the newest.

import { byId, fragment, make, nameOf, openMenu } from "./dom.js";
import { dayKey, dayName, fullTimeOf, timeOf } from "./times.js";

const GROUP_MS = 5 * 60_000;
const MOST = 600; // elements kept; older ones can be paged back to
const NEAR = 80; // pixels from the end that still count as "at the end"

export class Messages {
  #list = byId("messages");
  #scroller = byId("scroller");
  #jump = byId("jump");
  #byId = new Map();
  #pending = new Map();
  #unread = 0;
  #atEnd = true;
  #sizes; // of the list and of what shows it, as the observer last saw them
  #actions;

  /** @param actions {menuFor(message), retry(nonce, body), edit(body), older(seq), seen(count)} */
  constructor(actions) {
    this.#actions = actions;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#jump.addEventListener("click", () => this.toEnd());
    byId("older-button").addEventListener("click", () => this.#actions.older(this.oldest));
    document.addEventListener("visibilitychange", () => this.#scrolled());
    // What arrives, a keyboard that opens, a rotated phone, or what joins the page around the chat
    // must not move the newest message out of view.
    const observer = new ResizeObserver(() => {
      this.#sizes = this.#measure();
      if (this.#atEnd) this.toEnd(false);
    });
    observer.observe(this.#scroller);
    observer.observe(this.#list);
  }

  get oldest() {
    const first = [...this.#list.children].find((item) => item.dataset.seq);
    return first ? Number(first.dataset.seq) : null;
  }

  /** What a hello says: the newest messages, or those that were missed. */
  reset({ messages, gap, more, hidden }, resumed) {
    this.#list.setAttribute("aria-live", "off"); // history is not news
    if (!resumed || gap) for (const item of [...this.#byId.values()]) this.#remove(item);
    for (const id of hidden) this.hide([id]);
    for (const message of messages) this.add(message, resumed);
    if (!resumed || gap) byId("older").hidden = !more;
    this.#tidy();
    if (!resumed || this.#atEnd) this.toEnd(false);
    setTimeout(() => this.#list.setAttribute("aria-live", "polite"), 300);
  }

  /** Older messages, above what is there; what is in view stays where it is. */
  prepend({ messages, more }) {
    const before = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    this.#list.setAttribute("aria-live", "off");
    for (const message of messages) this.#place(this.#item(message), message);
    byId("older").hidden = !more;
    this.#scroller.scrollTop = this.#scroller.scrollHeight - before;
    setTimeout(() => this.#list.setAttribute("aria-live", "polite"), 300);
  }

  /** A message; one that is there already is replaced. */
  add(message, news = true) {
    const known = this.#byId.get(message.id);
    if (known) this.#remove(known);
    const item = this.#item(message);
    this.#place(item, message);
    if (news && !known && !message.hidden) this.#arrived(item);
    this.#trim();
    this.#tidy();
  }

  /** Our own words, not stored yet. */
  addPending(nonce, body, you) {
    const item = make(
      "li",
      { class: "message pending", "data-user": you.id, "data-time": Date.now() },
      ...this.#lines(new Date()),
      make("div", { class: "who" }, ...nameOf(you), make("span", { class: "state" })),
      make("div", { class: "body plain", dir: "auto" }, body),
    );
    this.#pending.set(nonce, { item, body });
    this.#list.append(item);
    this.#group(item);
    this.#tidy();
    this.toEnd(false);
  }

  /** The server has it. */
  acknowledge(nonce, message) {
    this.#pending.get(nonce)?.item.remove();
    this.#pending.delete(nonce);
    this.add(message, false);
    if (this.#atEnd) this.toEnd(false);
  }

  /** The server, or a plugin, does not want it. */
  refuse(nonce, { reason, by, retryAfter }) {
    const pending = this.#pending.get(nonce);
    if (!pending) return;
    const { item, body } = pending;
    const dismiss = () => { this.#pending.delete(nonce); item.remove(); this.#tidy(); };
    item.className = "message refused";
    item.querySelector(".state")?.remove();
    const again = retryAfter
      ? make("button", { type: "button", class: "small", on: { click: () => { dismiss(); this.#actions.retry(body); } } }, "Try again")
      : make("button", { type: "button", class: "small", on: { click: () => { dismiss(); this.#actions.edit(body); } } }, "Edit");
    item.append(
      make(
        "div",
        { class: "refusal", role: "alert" },
        make("span", {}, `Not sent: ${reason}${by ? ` (${by})` : ""}`),
        again,
        make("button", { type: "button", class: "small", on: { click: dismiss } }, "Dismiss"),
      ),
    );
    this.#group(item);
    if (this.#atEnd) this.toEnd(false);
  }

  /** Something that only we see. */
  notice(html, source) {
    const label = source ? `Only you see this, from ${source}` : "Only you see this";
    const item = make(
      "li",
      { class: "message notice", "data-time": Date.now() },
      make("div", { class: "body", dir: "auto" }, fragment(html), make("p", { class: "label" }, label)),
    );
    this.#append(item);
  }

  /** A line about the chat itself, such as a new name. */
  event(text) {
    this.#append(make("li", { class: "event", "data-time": Date.now() }, text));
  }

  /** Take messages out of view; moderators keep them, marked. */
  hide(ids, keep = false) {
    for (const id of ids) {
      const item = this.#byId.get(id);
      if (!item) continue;
      if (keep) this.add({ ...item.message, hidden: true }, false);
      else this.#remove(item);
    }
    this.#tidy();
  }

  /** Somebody has another name or colour: so have their messages. */
  repaint(person) {
    for (const item of [...this.#byId.values()]) {
      if (item.message.user?.id === person.id) this.add({ ...item.message, user: person }, false);
    }
  }

  /** Draw all again: what we may do has changed. */
  redraw() {
    for (const item of [...this.#byId.values()]) this.add(item.message, false);
  }

  toEnd(smooth = true) {
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.#atEnd = true;
    this.#scrolled();
  }

  clear() {
    this.#list.replaceChildren();
    this.#byId.clear();
    this.#pending.clear();
    this.#tidy();
  }

  // -- one message ---------------------------------------------------------------------------

  #item(message) {
    const date = new Date(message.timestamp);
    const classes = ["message", message.kind, message.hidden && "hidden-message"].filter(Boolean).join(" ");
    const item = make("li", { class: classes, "data-seq": message.seq, "data-time": date.getTime() }, ...this.#lines(date));
    item.message = message;
    if (message.user) {
      item.dataset.user = `${message.kind} ${message.user.id}`;
      item.append(make("div", { class: "who" }, ...nameOf(message.user), this.#time(date), message.hidden && make("span", { class: "badge" }, "hidden")), " ");
    }
    item.append(make("div", { class: "body", dir: "auto" }, fragment(message.html)));
    const entries = this.#actions.menuFor(message);
    if (entries.length) {
      const about = message.user ? `message by ${message.user.displayName}` : "message";
      item.append(
        make("button", {
          type: "button",
          class: "more",
          "aria-label": `Moderate ${about}`,
          "aria-haspopup": "menu",
          "aria-expanded": "false",
          on: { click: (event) => openMenu(event.currentTarget, this.#actions.menuFor(item.message)) },
        }, "⋯"),
      );
    }
    return item;
  }

  #lines(date) {
    return [make("div", { class: "day" }, dayName(date)), make("div", { class: "new-line" }, "New")];
  }

  #time(date) {
    return make("time", { dateTime: date.toISOString(), title: fullTimeOf(date) }, timeOf(date));
  }

  #place(item, message) {
    const known = this.#byId.get(message.id);
    if (known) this.#remove(known);
    let after = this.#list.lastElementChild;
    // Almost always the end: only what arrives late, or is paged back to, goes further up.
    while (after && !(Number(after.dataset.seq ?? Infinity) < message.seq)) {
      if (after.dataset.seq === undefined && after.matches(".event, .notice") && Number(after.dataset.time) < Number(item.dataset.time)) break;
      after = after.previousElementSibling;
    }
    if (after) after.after(item);
    else this.#list.prepend(item);
    this.#byId.set(message.id, item);
    this.#group(item);
  }

  #append(item) {
    const stay = this.#atEnd;
    this.#list.append(item);
    this.#tidy();
    if (stay) this.toEnd(false);
  }

  #remove(item) {
    const next = item.nextElementSibling;
    this.#byId.delete(item.message.id);
    item.remove();
    if (next) this.#group(next);
  }

  /** Whether it goes under the same name and day as the one above; likewise for the one below. */
  #group(item) {
    for (const one of [item, item.nextElementSibling]) {
      if (!one) continue;
      const above = one.previousElementSibling;
      const date = new Date(Number(one.dataset.time));
      const sameDay = above && dayKey(new Date(Number(above.dataset.time))) === dayKey(date);
      const sameUser = above?.dataset.user && above.dataset.user === one.dataset.user;
      const close = above && Number(one.dataset.time) - Number(above.dataset.time) < GROUP_MS;
      one.classList.toggle("new-day", !sameDay && one.dataset.seq !== undefined);
      one.classList.toggle("continued", Boolean(sameDay && sameUser && close));
    }
  }

  // -- what was read ---------------------------------------------------------------------------

  #arrived(item) {
    if (this.#atEnd && !document.hidden) return; // the observer follows
    if (this.#unread === 0) {
      this.#list.querySelector(".unread")?.classList.remove("unread");
      item.classList.add("unread");
    }
    this.#unread += 1;
    this.#show();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    // Something has grown or shrunk under a reader who was at the end: nobody scrolled away, and the
    // observer, which a browser calls later in the same frame, follows.
    if (this.#atEnd && this.#measure() !== this.#sizes) return;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.#atEnd && !document.hidden) this.#unread = 0;
    this.#show();
  }

  #measure() {
    return `${this.#scroller.clientHeight} ${this.#list.offsetHeight}`;
  }

  #show() {
    this.#jump.hidden = this.#atEnd;
    byId("jump-text").textContent =
      this.#unread === 0 ? "Newest messages" : this.#unread === 1 ? "1 new message" : `${this.#unread} new messages`;
    this.#actions.seen(this.#unread);
  }

  #trim() {
    if (this.#byId.size <= MOST || !this.#atEnd) return;
    const first = this.#list.firstElementChild;
    if (first.message) this.#remove(first);
    else first.remove();
    byId("older").hidden = false;
  }

  #tidy() {
    byId("empty").hidden = this.#list.childElementCount > 0;
  }
}
