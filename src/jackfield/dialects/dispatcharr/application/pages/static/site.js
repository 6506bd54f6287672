// Signing in, refresh buttons with their progress, and small comforts of the list pages.
"use strict";

const { prefix, cookie } = document.body.dataset;
const REFRESH = `${prefix}#dispatcharr_refresh`;
const message = document.getElementById("message");

function say(text, bad = false) {
  message.textContent = text;
  message.classList.toggle("bad", bad);
  message.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { message.hidden = true; }, 6000);
}

// Who ----------------------------------------------------------------------------------------

function access() {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${cookie}=`));
  return found ? found.slice(cookie.length + 1) : "";
}

function keep({ access: token, refresh }) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${cookie}=${token}; Path=${prefix || "/"}; Max-Age=1800; SameSite=Strict${secure}`;
  if (refresh) localStorage.setItem(REFRESH, refresh);
}

function forget() {
  document.cookie = `${cookie}=; Path=${prefix || "/"}; Max-Age=0; SameSite=Strict`;
  localStorage.removeItem(REFRESH);
}

async function post(path, body, headers = {}) {
  const answer = await fetch(prefix + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body ?? {}),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(complaint(said, answer.status)), { status: answer.status });
  return said;
}

function complaint(said, status) {
  if (typeof said.detail === "string") return said.detail;
  if (typeof said.error === "string") return said.error;
  const fields = Object.entries(said).map(([name, texts]) => `${name.replaceAll("_", " ")}: ${[].concat(texts).join(" ")}`);
  return fields.join(" · ") || `The server answered ${status}`;
}

async function renew() {
  const refresh = localStorage.getItem(REFRESH);
  if (!refresh) return false;
  try {
    keep(await post("/api/accounts/token/refresh/", { refresh }));
    return true;
  } catch (error) {
    if (error.status === 401) forget();
    return false;
  }
}

async function authorised(call) {
  try {
    return await call(access());
  } catch (error) {
    if (error.status === 401 && (await renew())) return call(access());
    throw error;
  }
}

function onwards() {
  const next = new URLSearchParams(location.search).get("next") ?? "/";
  // Only paths of this site: //host and /\host would lead elsewhere.
  location.replace(prefix + (/^\/(?![/\\])/.test(next) ? next : "/"));
}

const form = document.getElementById("sign-in");
if (form) {
  if (!("first" in form.dataset)) renew().then((done) => { if (done) onwards(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const error = form.querySelector(".error");
    const button = form.querySelector("button");
    const values = { username: form.username.value, password: form.password.value };
    error.textContent = "";
    button.disabled = true;
    try {
      if ("first" in form.dataset) await post("/api/accounts/initialize-superuser/", values);
      keep(await post("/api/accounts/token/", values));
      onwards();
    } catch (problem) {
      error.textContent = problem.message;
      button.disabled = false;
      form.password.select();
    }
  });
} else {
  setInterval(renew, 20 * 60 * 1000);
}

document.getElementById("sign-out")?.addEventListener("click", () => {
  forget();
  location.assign(`${prefix}/login`);
});

// Buttons --------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-post]")) {
  button.addEventListener("click", async () => {
    if (button.dataset.ask && !confirm(button.dataset.ask)) return;
    button.disabled = true;
    try {
      const said = await authorised((token) => post(button.dataset.post, {}, { authorization: `Bearer ${token}` }));
      say(said.message ?? "Done");
      const row = button.closest("[data-job]");
      if (row) follow(row);
      else if (document.querySelector("[data-job]")) document.querySelectorAll("[data-job]").forEach(follow);
      else setTimeout(() => location.reload(), 800);
    } catch (error) {
      say(error.message, true);
    } finally {
      button.disabled = false;
    }
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      say("Copied");
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.parentElement.querySelector("code"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      say("Press Ctrl+C to copy");
    }
  });
}

// Progress: told by the socket, and asked for now and then in case it tells nothing ------------

const BUSY = ["fetching", "parsing"];

function show(row, { status, text, progress }) {
  const badge = row.querySelector("[data-status]");
  if (status) {
    badge.textContent = status.replaceAll("_", " ");
    badge.className = `badge ${{ success: "good", error: "bad", fetching: "busy", parsing: "busy" }[status] ?? ""}`;
  }
  if (text !== undefined && text !== null) row.querySelector("[data-said]").textContent = text;
  const bar = row.querySelector("progress");
  bar.hidden = !BUSY.includes(status ?? badge.textContent);
  if (typeof progress === "number") bar.value = progress;
  else if (bar.hidden) bar.removeAttribute("value");
}

function follow(row) {
  clearInterval(row.asking);
  let asked = 0;
  let busy = false;
  const before = row.querySelector("[data-said]").textContent;
  row.asking = setInterval(async () => {
    asked += 1;
    const answer = await fetch(prefix + row.dataset.state, { headers: { authorization: `Bearer ${access()}` } }).catch(() => null);
    if (!answer?.ok) return;
    const said = await answer.json();
    const working = BUSY.includes(said.status);
    show(row, { status: said.status, text: said.last_message });
    const changed = busy || (said.last_message ?? "") !== before;
    if (!working && (changed || asked > 10)) {
      clearInterval(row.asking);
      if (changed) say(`${row.querySelector("th").innerText.trim()}: ${said.last_message ?? said.status}`, said.status === "error");
    }
    busy = busy || working;
  }, 1500);
}

function listen(pause = 1000) {
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${prefix}/ws/?token=${access()}`);
  socket.addEventListener("message", (event) => {
    const { data } = JSON.parse(event.data);
    const key = data?.account ?? data?.source;
    const row = document.querySelector(`[data-job="${CSS.escape(data?.type ?? "")}"][data-key="${CSS.escape(String(key))}"]`);
    if (!row) return;
    const working = data.action === "parsing" || data.action?.startsWith("parsing") || data.action === "processing_groups" ? "parsing" : "fetching";
    const status = data.status && data.status !== "processing" ? data.status : data.progress >= 100 && data.action?.startsWith("parsing") ? "success" : working;
    show(row, { status, text: data.message ?? data.error, progress: data.progress });
    if (BUSY.includes(status)) follow(row);
  });
  socket.addEventListener("close", () => setTimeout(listen, pause, Math.min(pause * 2, 60000)));
}

const rows = document.querySelectorAll("[data-job]");
if (rows.length && access()) {
  listen();
  for (const row of rows) {
    if (BUSY.includes(row.querySelector("[data-status]").textContent)) {
      show(row, {});
      follow(row);
    }
  }
}

document.querySelector("header [aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });

// Comforts -------------------------------------------------------------------------------------

for (const choice of document.querySelectorAll("[data-submit]")) choice.addEventListener("change", () => choice.form.requestSubmit());

for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if ("clock" in time.dataset) time.textContent = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  else time.title = moment.toLocaleString();
}

for (const image of document.querySelectorAll("img.logo")) image.addEventListener("error", () => image.remove());

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "/") {
    const field = document.getElementById("q");
    if (field) { event.preventDefault(); field.focus(); field.select(); }
  } else if (event.key === "ArrowLeft") document.querySelector("[rel=prev]")?.click();
  else if (event.key === "ArrowRight") document.querySelector("[rel=next]")?.click();
});
