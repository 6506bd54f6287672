// The bench's page: asks for the state now and then, shows it, and sends what is typed.
// Everything of the plugin is put in as text, never as HTML.

const $ = (id) => document.getElementById(id);
const POLL_MS = 400;
let after = 0;
let shownChat = "";

async function ask(path, body) {
  const how = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(`/_dev/${path}`, how);
  return answer.json();
}

function element(kind, text, className) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function append(list, item) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 30;
  list.append(item);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function showLog(lines) {
  for (const line of lines) {
    const item = element("li", "", line.level);
    item.append(element("time", `${line.time.slice(11, 23)} `), `${line.level.padEnd(7)} `, line.text);
    append($("log"), item);
    after = Math.max(after, line.number);
  }
}

function showChat(messages) {
  const now = JSON.stringify(messages);
  if (now === shownChat) return;
  shownChat = now;
  $("chat").replaceChildren();
  for (const message of messages) {
    const item = element("li", "", message.user?.isBot ? "bot" : "");
    item.append(element("b", message.user?.displayName ?? "system"), message.body ?? "");
    append($("chat"), item);
  }
}

function show(state) {
  $("name").textContent = state.slug || state.folder;
  document.title = `${state.slug || "jackfield"} · dev`;
  $("state").textContent = state.running ? "running" : "stopped";
  $("state").className = `badge ${state.running ? "on" : "off"}`;
  $("version").textContent = state.version && `${state.version}, load ${state.generation} took ${state.load_ms} ms`;
  const filters = Object.entries(state.filters).map(([name, priority]) => `${name} (filter, ${priority})`);
  $("wants").textContent = [...state.events, ...filters].join(", ");
  $("failure").hidden = !state.error;
  if (state.error) {
    const place = [state.error.file, state.error.field].filter(Boolean).join(": ");
    $("failure-text").textContent = (place && `${place}: `) + state.error.message;
    $("failure-trace").textContent = state.traceback;
  }
  $("events").replaceChildren(...[...new Set([...state.events, ...Object.keys(state.filters)])].map((name) => {
    const option = document.createElement("option");
    option.value = name;
    return option;
  }));
  $("actions").replaceChildren(...state.actions.map((action) => {
    const button = element("button", action.label);
    button.type = "button";
    button.onclick = async () => result(await ask("action", { id: action.id, params: {} }));
    return button;
  }));
  showLog(state.log);
  showChat(state.chat);
}

function result(answer) {
  $("result").textContent = JSON.stringify(answer, null, 2);
}

$("say").onsubmit = async (event) => {
  event.preventDefault();
  const form = event.target;
  result(await ask("chat", { user: form.user.value, body: form.body.value }));
  form.body.value = "";
};

$("fire").onsubmit = async (event) => {
  event.preventDefault();
  const form = event.target;
  let payload;
  try {
    payload = JSON.parse(form.payload.value || "null");
  } catch (error) {
    result({ error: `the payload is not JSON: ${error.message}` });
    return;
  }
  result(await ask("event", { type: form.type.value, payload }));
};

$("reload").onclick = async () => show(await ask("reload", {}));

async function poll() {
  try {
    show(await ask(`state?after=${after}`));
  } catch {
    $("state").textContent = "gone";
    $("state").className = "badge off";
  }
  setTimeout(poll, POLL_MS);
}
poll();
