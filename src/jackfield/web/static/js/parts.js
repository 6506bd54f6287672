// What plugins add to the page: buttons, tabs and panels. Their HTML and scripts run in frames with
// an origin of their own, where nothing of this page can be read; only their styles reach it.

import { byId, make } from "./dom.js";

const SANDBOX = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads";
const TALLEST = 4000;

export class Parts {
  #ask;
  #base;
  #sheet = null;
  #open = "";

  /** @param ask path → its JSON; @param base where the host is mounted. */
  constructor(ask, base) {
    this.#ask = ask;
    this.#base = base;
    addEventListener("message", (event) => this.#resize(event));
    byId("parts-dialog").addEventListener("close", () => byId("parts-dialog-body").replaceChildren());
  }

  /** Show what there is now; called again when the viewer is somebody else. */
  async load() {
    const page = await this.#page();
    if (!page) return;
    this.#dress(page.styles);
    byId("parts-panels").replaceChildren(...page.panels.map((panel) => this.#frame(panel.frame, panel.title, panel.quiet)));
    byId("parts-actions").replaceChildren(...page.actions.map((action) => this.#button(action)));
    const tabs = page.tabs.map((tab) => this.#tab(tab));
    byId("parts-tabs").replaceChildren(...tabs);
    byId("parts-tabs").hidden = tabs.length === 0;
    byId("parts-tab").replaceChildren();
    const chosen = page.tabs.find((tab) => tab.slug === this.#open) ?? page.tabs[0];
    if (chosen) this.#choose(chosen);
    byId("parts").hidden = !(page.panels.length || page.actions.length || page.tabs.length);
  }

  async #page() {
    try {
      return await this.#ask("api/page");
    } catch {
      return null; // this host runs no plugins that add to a page, or cannot say so now
    }
  }

  #dress(css) {
    if (!this.#sheet) {
      this.#sheet = new CSSStyleSheet();
      document.adoptedStyleSheets.push(this.#sheet);
    }
    this.#sheet.replaceSync(css);
  }

  #frame(address, title, quiet = false) {
    return make("iframe", {
      class: quiet ? "part quiet" : "part",
      title,
      src: new URL(address.replace(/^\//, ""), this.#base).href,
      sandbox: SANDBOX,
      referrerPolicy: "no-referrer",
    });
  }

  #resize({ source, data }) {
    if (data?.jackfield !== "height" || !Number.isFinite(data.height)) return;
    const frame = [...document.querySelectorAll("iframe.part")].find((one) => one.contentWindow === source);
    // One that says it is empty was only there for its scripts; once it is tall there is something to see.
    if (frame) frame.height = String(Math.max(0, Math.min(TALLEST, data.height)));
  }

  // Documents wait for a short time only, so one that is opened later is asked for anew.
  async #fresh(kind, key, value) {
    const page = await this.#page();
    return page?.[kind].find((one) => one[key] === value)?.frame;
  }

  #tab(tab) {
    return make(
      "button",
      {
        type: "button",
        role: "tab",
        "data-slug": tab.slug,
        "aria-controls": "parts-tab",
        "aria-selected": "false",
        on: {
          click: async () => this.#choose({ ...tab, frame: await this.#fresh("tabs", "slug", tab.slug) }),
          keydown: (event) => this.#walk(event),
        },
      },
      tab.title,
    );
  }

  #walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...byId("parts-tabs").children];
    const next = tabs[(tabs.indexOf(event.currentTarget) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  }

  #choose(tab) {
    this.#open = tab.slug;
    for (const button of byId("parts-tabs").children) {
      const chosen = button.dataset.slug === tab.slug;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    byId("parts-tab").setAttribute("aria-label", tab.title);
    byId("parts-tab").replaceChildren(...(tab.frame ? [this.#frame(tab.frame, tab.title)] : []));
  }

  #button(action) {
    return make(
      "button",
      { type: "button", class: "small", title: action.description ?? "", on: { click: () => this.#act(action) } },
      action.title,
    );
  }

  async #act(action) {
    const own = action.url?.startsWith("/");
    if (action.url && (!own || action.openExternally)) {
      open(own ? new URL(action.url.slice(1), this.#base) : action.url, "_blank", "noopener,noreferrer");
      return;
    }
    if (own) {
      this.#show(action.title, this.#frame(action.url, action.title));
      return;
    }
    const address = await this.#fresh("actions", "title", action.title);
    if (address) this.#show(action.title, this.#frame(address, action.title));
  }

  #show(title, frame) {
    frame.classList.add("whole");
    byId("parts-dialog-title").textContent = title;
    byId("parts-dialog-body").replaceChildren(frame);
    byId("parts-dialog").showModal();
  }
}
