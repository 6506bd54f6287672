// The operator's page: plugins, settings, restart.

import { post, request } from "./server.js";
import { choose, preferred, text } from "./texts.js";

const LANGUAGE = "jackfield.servemsx.language";
const FIELDS = ["Video", "Music", "Photo", "Background", "TorrServer", "FFmpeg", "FFprobe", "FFstream"];
const FOLDERS = new Set(["Video", "Music", "Photo"]);

const $ = (id) => document.getElementById(id);
let settings = { Plugins: [] };

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function say(message, bad = false) {
  const place = $("message");
  place.textContent = message;
  place.className = bad ? "bad" : "";
  place.hidden = !message;
}

/** Ask a question; the typed value, or whether it was answered with yes. */
function ask(question, { yes = text("yes"), secret = false } = {}) {
  const dialog = $("ask");
  $("ask-text").textContent = question;
  $("ask-yes").textContent = yes;
  $("ask-value").hidden = !secret;
  $("ask-value").value = "";
  dialog.returnValue = "";
  dialog.showModal();
  (secret ? $("ask-value") : $("ask-no")).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const agreed = dialog.returnValue === "yes";
      resolve(secret ? (agreed ? $("ask-value").value.trim() : "") : agreed);
    }, { once: true });
  });
}

const askToken = () => ask(text("tokenAsk"), { yes: text("send"), secret: true });

/** Do something with the server; show what came of it, then the state anew. */
async function act(work, done = text("done")) {
  document.body.setAttribute("aria-busy", "true");
  try {
    say((await work()) ?? done);
  } catch (error) {
    say(error.message, true);
  } finally {
    document.body.removeAttribute("aria-busy");
    await load();
  }
}

// -- plugins ---------------------------------------------------------------------------------

function row(plugin) {
  const bad = Boolean(plugin.Error);
  const mark = bad ? ["✖", "bad"] : plugin.Torrent ? ["⚡", "torrent"] : ["✔", "ok"];
  const remove = element("button", { type: "button", className: "remove", textContent: text("remove") });
  remove.setAttribute("aria-label", `${text("remove")}: ${plugin.Name}`);
  remove.addEventListener("click", () => removePlugin(plugin.Name));
  return element("li", { className: bad ? "bad" : "" },
    element("span", { className: "mark", textContent: mark[0], title: text(mark[1]), role: "img", ariaLabel: text(mark[1]) }),
    element("span", { className: "what" },
      element("span", { className: "name", textContent: plugin.Name }), " ",
      element("span", { className: "label", textContent: plugin.Error || plugin.Label })),
    remove);
}

async function removePlugin(name) {
  if (!(await ask(text("removeAsk", name), { yes: text("remove") }))) return;
  await act(async () => {
    await request("install", { method: "POST", body: new URLSearchParams({ remove: name }) }, askToken);
    return text("removed", name);
  });
  $("plugins").focus();
}

async function install(file) {
  const [name, engine, ending, more] = file.name.split(".");
  const here = settings.Version.split(".")[2];
  if (!file.name.endsWith(".tgz")) return say(text("notTgz", file.name), true);
  if (!name || more !== undefined || ending !== "tgz" || !/^\d{3}$/.test(engine)) {
    return say(text("badName", file.name), true);
  }
  if (engine > here) return say(text("newer", file.name, here), true);
  const there = plugins().some((plugin) => plugin.Name === name);
  if (!(await ask(text(there ? "replaceAsk" : "installAsk", name)))) return;
  const body = new FormData();
  body.append("file", file);
  await act(async () => {
    await request("install", { method: "POST", body }, askToken);
    return text("installed", name);
  });
}

const plugins = () => (Array.isArray(settings.Plugins) ? settings.Plugins : []);

function prepareDrop() {
  const zone = $("drop");
  $("choose").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", async () => {
    const [file] = $("file").files;
    if (file) await install(file);
    $("file").value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files[0]) install(event.dataTransfer.files[0]);
    });
  }
}

// -- settings --------------------------------------------------------------------------------

function field(name) {
  const input = element("input", { id: `field-${name}`, name, value: settings[name] ?? "", spellcheck: false });
  const save = element("button", { type: "button", textContent: text("save") });
  save.setAttribute("aria-label", `${text("save")}: ${text(name)}`);
  const send = () => act(() => saveField(name, input.value.trim()));
  save.addEventListener("click", send);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); send(); }
  });
  return element("div", {},
    element("label", { htmlFor: input.id, textContent: text(name) }),
    element("div", { className: "row" }, input, save));
}

async function saveField(name, value) {
  const key = FOLDERS.has(name) ? name.toLowerCase() : name;
  await post("settings", name === "TorrServer" ? value : { [key]: value }, askToken);
}

// -- the whole -------------------------------------------------------------------------------

function size(bytes) {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

function render() {
  const { Version, Platform, Up, MemAlloc, MemSys } = settings;
  $("facts").textContent = Version
    ? `${Version} · ${Platform} · ${text("up")} ${Up} · ${text("memory")} ${size(MemAlloc)} / ${size(MemSys)}` : "";
  $("list").replaceChildren(...plugins().map(row));
  $("none").hidden = plugins().length > 0;
  if (typeof settings.Plugins === "string") say(settings.Plugins, true);
  $("settings").replaceChildren(...FIELDS.map(field));
}

async function load() {
  try {
    settings = await (await request("settings")).json();
    render();
  } catch (error) {
    say(error.message, true);
  }
}

function start() {
  const language = $("language");
  language.value = localStorage.getItem(LANGUAGE) ?? preferred();
  choose(language.value);
  language.addEventListener("change", () => {
    localStorage.setItem(LANGUAGE, language.value);
    choose(language.value);
    render();
  });
  const base = new URL(".", location.href).href;
  $("open").href = `http://msx.benzac.de/?start=menu:${base}msx/menu.json`;
  $("settings").addEventListener("submit", (event) => event.preventDefault());
  $("restart").addEventListener("click", async () => {
    if (await ask(text("restartAsk"), { yes: text("restart") })) {
      await act(async () => { await request("restart", { method: "POST" }, askToken); });
    }
  });
  $("update").addEventListener("click", () => act(async () => {
    const answer = await (await request("update")).json();
    return answer.response.data.action.replace(/^info:/, "");
  }));
  $("ask-value").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // the form's first button would answer with no
    event.preventDefault();
    $("ask-yes").click();
  });
  prepareDrop();
  load();
}

start();
