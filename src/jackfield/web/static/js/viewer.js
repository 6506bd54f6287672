// The viewer page: who we are, the connection, and what each frame does to the page.

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId, confirmed, make } from "./dom.js";
import { Messages } from "./messages.js";
import { Parts } from "./parts.js";
import { People } from "./people.js";

const base = new URL(".", location.href); // the host may be mounted under any prefix
const keyOf = (name) => `jackfield:${base.pathname}:${name}`;
const store = {
  get token() { return localStorage.getItem(keyOf("token")); },
  set token(value) { value ? localStorage.setItem(keyOf("token"), value) : localStorage.removeItem(keyOf("token")); },
  get name() { return localStorage.getItem(keyOf("name")) ?? ""; },
  set name(value) { localStorage.setItem(keyOf("name"), value); },
};

let you = null;
let connection = null;
let resumed = false;
const claim = new URLSearchParams(location.hash.slice(1)).get("claim");

const moderates = () => (you?.scopes ?? []).some((scope) => scope === "MODERATOR" || scope === "ADMIN");
const rank = (person) => ((person.scopes ?? []).includes("ADMIN") ? 2 : (person.scopes ?? []).includes("MODERATOR") ? 1 : 0);

const messages = new Messages({
  menuFor: (message) => {
    if (!moderates()) return [];
    const toggle = message.hidden
      ? { label: "Show this message again", run: () => ask({ type: "restore", id: message.id }) }
      : { label: "Hide this message", run: () => ask({ type: "hide", id: message.id }) };
    return [toggle, ...(message.user ? personMenu(message.user) : [])];
  },
  retry: (body) => say(body),
  edit: (body) => composer.edit(body),
  older: (seq) => connection?.older(seq),
  seen: (unread) => { document.title = unread && document.hidden ? `(${unread}) Jackfield` : "Jackfield"; },
});
const people = new People(personMenu);
const parts = new Parts((path) => call(path), base);
const composer = new Composer((text) => say(text), keyOf("draft"));

// -- asking the server ---------------------------------------------------------------------------

async function call(path, body) {
  const headers = { accept: "application/json" };
  if (store.token) headers.authorization = `Bearer ${store.token}`;
  if (body) headers["content-type"] = "application/json";
  const answer = await fetch(new URL(path, base), { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(json.error?.message ?? `The server answered ${answer.status}.`);
  return json;
}

function ask(frame) {
  return connection.ask(frame).catch((error) => notice(error.message));
}

function notice(text) {
  const holder = document.createElement("p");
  holder.textContent = text;
  messages.notice(holder.outerHTML, "");
}

function say(body) {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const nonce = btoa(String.fromCharCode(...bytes));
  messages.addPending(nonce, body, you);
  connection.post(nonce, body);
}

function personMenu(person) {
  if (!moderates() || !person || person.id === you.id || rank(person) >= rank(you)) return [];
  const name = person.displayName;
  const kick = { label: `Disconnect ${name}`, run: () => ask({ type: "kick", user: person.id }) };
  const ban = (address) => async () => {
    const text = address
      ? "They cannot come back with this name, nor from the addresses they use now. What they said is hidden."
      : "They cannot come back with this name. What they said is hidden.";
    if (await confirmed(`Ban ${name}?`, text, "Ban")) ask({ type: "ban", user: person.id, address });
  };
  const bans = [
    { label: `Ban ${name}…`, risky: true, run: ban(false) },
    ...(person.isBot ? [] : [{ label: `Ban ${name} and their address…`, risky: true, run: ban(true) }]),
  ];
  return person.isBot ? bans : [kick, ...bans];
}

// -- what we are told ----------------------------------------------------------------------------

const frames = {
  hello(frame) {
    be(frame.you);
    people.reset(frame.people, frame.you, frame.here);
    messages.reset(frame, resumed);
    note(frame.messages.at(-1));
    composer.show(true, frame.limits.body);
    if (!resumed) composer.focus();
    resumed = true;
    useClaim();
    look();
  },
  message({ message }) {
    messages.add(message);
    note(message);
  },
  ack({ nonce, message }) {
    messages.acknowledge(nonce, message);
    note(message);
  },
  refused(frame) {
    messages.refuse(frame.nonce, frame);
  },
  notice({ html, source }) {
    messages.notice(html, source);
  },
  joined({ person }) {
    people.put(person);
  },
  parted({ id }) {
    people.remove(id);
  },
  person({ person, previousName }) {
    if (people.has(person.id)) people.put(person);
    messages.repaint(person);
    if (previousName) messages.event(`${previousName} is now ${person.displayName}`);
  },
  you(frame) {
    be(frame.you);
  },
  moderated({ ids, visible, message }) {
    if (visible) messages.add(message, false);
    else messages.hide(ids, moderates());
  },
  history(frame) {
    messages.prepend(frame);
  },
};

function note(message) {
  if (message && message.seq > (connection.newest ?? 0)) connection.newest = message.seq;
  else if (connection.newest === null) connection.newest = 0;
}

function be(user) {
  const before = moderates();
  you = user;
  store.name = user.displayName;
  byId("me-name").textContent = user.displayName;
  byId("bar-end").hidden = false;
  const swatch = document.querySelector(`#swatches input[value="${user.displayColor ?? 0}"]`);
  if (swatch) swatch.checked = true;
  if (before !== moderates()) {
    messages.redraw();
    people.draw();
  }
}

// -- coming in -------------------------------------------------------------------------------------

function show(state) {
  document.body.dataset.state = state;
  byId("join").hidden = state !== "joining";
}

function join(hint = "") {
  show("joining");
  composer.show(false);
  byId("bar-end").hidden = true;
  byId("join-name").value = store.name;
  if (claim) {
    byId("join-title").textContent = "Run this server";
    byId("join-text").textContent = "Pick a name. It becomes the administrator of this server.";
  }
  byId("join-error").textContent = hint;
  byId("join-name").focus();
}

byId("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter ?? byId("join").querySelector("button");
  button.disabled = true;
  try {
    const me = await call("api/chat/register", { displayName: byId("join-name").value });
    store.token = me.accessToken;
    store.name = me.displayName;
    byId("join-error").textContent = "";
    open();
    if (first?.parts) parts.load(); // tabs may show something else to somebody than to nobody
  } catch (error) {
    byId("join-error").textContent = error.message;
    byId("join-name").focus();
  } finally {
    button.disabled = false;
  }
});

function open() {
  resumed = false;
  const address = new URL("api/chat/socket", base);
  address.protocol = address.protocol.replace("http", "ws");
  connection = new Connection(address, store.token);
  const mine = connection;
  connection.addEventListener("frame", ({ detail }) => frames[detail.type]?.(detail));
  connection.addEventListener("state", ({ detail }) => mine === connection && follow(detail));
  connection.connect();
}

async function useClaim() {
  if (!claim || !location.hash) return;
  history.replaceState(null, "", location.pathname + location.search);
  try {
    await call("api/chat/claim", { code: claim });
    notice("You are the administrator of this server now.");
  } catch (error) {
    notice(error.message);
  }
}

// -- losing and finding the connection ---------------------------------------------------------

let countdown = 0;

function follow({ state, retryAt, bye }) {
  show(state);
  clearInterval(countdown);
  const banner = byId("banner");
  byId("ended").hidden = true;
  if (state === "open") banner.hidden = true;
  if (state === "connecting" && resumed) tell("Connecting again…");
  if (state === "waiting") {
    tell("The connection is lost. What you write is kept.", true);
    // Not read aloud: a voice that counts down once a second helps nobody.
    const tick = () => {
      const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
      byId("banner-wait").textContent = `Trying again in ${seconds} s.`;
    };
    tick();
    countdown = setInterval(tick, 1000);
  }
  if (state === "ended") ended(bye);
}

function tell(text, button = false) {
  byId("banner").hidden = false;
  if (byId("banner-text").textContent !== text) byId("banner-text").textContent = text;
  byId("banner-wait").textContent = "";
  byId("banner-button").hidden = !button;
}

byId("banner-button").addEventListener("click", () => connection.retry());

function ended(bye) {
  byId("banner").hidden = true;
  if (!bye || bye.code === "unauthorized") {
    store.token = null;
    messages.clear();
    join(bye ? "This server does not know you any more. Pick a name again." : "");
    return;
  }
  composer.show(false);
  byId("ended").hidden = false;
  const reason = bye.reason;
  byId("ended-text").textContent = `${reason[0].toUpperCase()}${reason.slice(1)}.`;
  const button = byId("ended-button");
  button.hidden = bye.code === "banned";
  button.textContent = "Come back";
  button.onclick = () => connection.connect();
}

// -- our own name and colour -------------------------------------------------------------------

byId("me").addEventListener("toggle", (event) => {
  if (event.newState === "open") {
    byId("rename-name").value = you.displayName;
    byId("rename-error").textContent = "";
    byId("rename-name").select();
  }
});

byId("rename").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await connection.ask({ type: "rename", name: byId("rename-name").value });
    byId("me").hidePopover();
  } catch (error) {
    byId("rename-error").textContent = error.message;
  }
});

byId("swatches").append(
  ...Array.from({ length: 8 }, (_, color) =>
    make(
      "label",
      {},
      make("input", { type: "radio", name: "color", value: String(color), "aria-label": `Colour ${color + 1}`, on: { change: () => ask({ type: "color", color }) } }),
      make("span", { class: `c${color}` }),
    ),
  ),
);

byId("forget").addEventListener("click", async () => {
  byId("me").hidePopover();
  const text = "This browser forgets who you are. You can join again with any free name.";
  if (await confirmed("Leave the chat?", text, "Leave")) connection.end();
});

// -- how the host is -----------------------------------------------------------------------------

let looking = 0;
const quiet = { title: byId("stage-title").textContent, text: byId("stage-text").textContent };

function stage(stream) {
  byId("stage-title").textContent = stream ? stream.title || "A stream is live" : quiet.title;
  byId("stage-text").textContent = stream ? `${stream.viewers} watching. The picture is shown elsewhere.` : quiet.text;
}

async function look() {
  clearTimeout(looking);
  let state;
  try {
    state = await call("api/viewer");
  } catch {
    looking = setTimeout(look, 15_000);
    return;
  }
  const line = byId("starting");
  const failed = state.failed ?? [];
  line.hidden = !state.starting && failed.length === 0;
  line.classList.toggle("failed", !state.starting && failed.length > 0);
  if (state.starting) {
    const progress = state.engine?.state === "compiling" && state.engine.progress;
    line.textContent = progress || "Plugins are starting…";
  } else if (failed.length) {
    line.textContent = failed.length === 1 ? `${failed[0].slug} does not run` : `${failed.length} plugins do not run`;
    line.title = failed.map((one) => `${one.slug}: ${one.reason}`).join("\n");
  }
  byId("hint").hidden = !state.commands;
  stage(state.stream);
  looking = setTimeout(look, state.starting ? 2000 : 60_000);
  return state;
}

// Where a plugin decides who comes in, it has also said who one is.
async function signIn() {
  try {
    const session = await call("api/auth/session");
    const me = store.token && (await call("api/chat/me").catch(() => null));
    if (me?.id === session.id) return;
    const given = await call("api/auth/session", {});
    store.token = given.accessToken;
    store.name = given.displayName;
  } catch {
    // An operator comes in without a session.
  }
}

const first = await look();
if (first?.gated) await signIn();
if (first?.parts) parts.load();
if (first && !first.chat) {
  show("ended");
  byId("ended").hidden = false;
  byId("ended-text").textContent = "This server has no chat of its own.";
} else if (store.token) {
  open();
} else {
  join();
}
