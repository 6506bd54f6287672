// The chat's socket: connects, reconnects, and sends again what was not acknowledged.
// The protocol is described in docs/reference/chat-protocol.md.

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const SILENCE = 65_000; // the server pings every 25 s

/**
 * Events: "state" (detail: {state: "connecting" | "open" | "waiting" | "ended", retryAt?, bye?})
 * and "frame" (detail: the frame).
 */
export class Connection extends EventTarget {
  #address;
  #token;
  #socket = null;
  #timer = 0;
  #silence = 0;
  #delay = FIRST_DELAY;
  #bye = null;
  #unsent = new Map(); // nonce → frame, in order, until acknowledged or refused
  #answers = new Map(); // request → {resolve, reject}
  state = "idle";
  newest = null; // seq of the newest message that was shown

  constructor(address, token) {
    super();
    this.#address = address;
    this.#token = token;
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => document.hidden || this.retry());
  }

  connect() {
    clearTimeout(this.#timer);
    this.#bye = null;
    this.#become("connecting");
    const address = new URL(this.#address);
    if (this.newest !== null) address.searchParams.set("since", this.newest);
    // The token travels as a subprotocol, not in the address: addresses end up in logs.
    const socket = new WebSocket(address, ["jackfield.chat.v1", `jackfield.token.${this.#token}`]);
    this.#socket = socket;
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(JSON.parse(data));
    socket.onclose = () => socket === this.#socket && this.#lost();
    this.#listen();
  }

  /** Connect now if we are waiting to. */
  retry() {
    if (this.state === "waiting") this.connect();
  }

  /** Close for good. */
  end() {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#become("ended");
  }

  /** Say something; the answer is an "ack" or "refused" frame with that nonce. */
  post(nonce, body) {
    const frame = { type: "post", nonce, body };
    this.#unsent.set(nonce, frame);
    if (this.state === "open") this.#send(frame);
  }

  /** Any other request; resolves when done, rejects with the server's error. */
  ask(frame) {
    if (this.state !== "open") return Promise.reject(new Error("There is no connection right now."));
    const request = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
    return new Promise((resolve, reject) => {
      this.#answers.set(request, { resolve, reject });
      this.#send({ ...frame, request });
    });
  }

  /** Page back. The answer is a "history" frame. */
  older(before) {
    if (this.state === "open") this.#send({ type: "older", before, limit: 50 });
  }

  #send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  #receive(frame) {
    this.#listen();
    switch (frame.type) {
      case "ping":
        this.#send({ type: "pong" });
        return;
      case "bye":
        this.#bye = frame;
        return;
      case "ack":
      case "refused":
        this.#unsent.delete(frame.nonce);
        break;
      case "done":
        this.#answers.get(frame.request)?.resolve();
        this.#answers.delete(frame.request);
        return;
      case "error":
        this.#answers.get(frame.request)?.reject(new Error(frame.error.message));
        this.#answers.delete(frame.request);
        return;
      case "hello":
        this.#delay = FIRST_DELAY;
        this.#become("open");
        break;
    }
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    // After the page knows what was missed, so that an earlier message is not shown as new.
    if (frame.type === "hello") for (const unsent of this.#unsent.values()) this.#send(unsent);
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      const socket = this.#socket;
      this.#lost();
      socket?.close();
    }, SILENCE);
  }

  #lost() {
    clearTimeout(this.#silence);
    this.#socket = null;
    for (const { reject } of this.#answers.values()) reject(new Error("The connection was lost."));
    this.#answers.clear();
    if (this.#bye && !this.#bye.retry) {
      this.#become("ended", { bye: this.#bye });
      return;
    }
    // Spread, so that a restarted server does not get all its clients in the same moment.
    const wait = this.#delay * (0.6 + 0.8 * Math.random());
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY);
    this.#timer = setTimeout(() => this.connect(), wait);
    this.#become("waiting", { retryAt: Date.now() + wait });
  }

  #become(state, more = {}) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, ...more } }));
  }
}
