// Small helpers around the document.

/** The element with that id. */
export const byId = (id) => document.getElementById(id);

/** A new element: tag, properties, children (elements or texts; null and false are skipped). */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name === "on") for (const [type, run] of Object.entries(value)) element.addEventListener(type, run);
    else if (name.startsWith("data-") || name.startsWith("aria-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** Elements of HTML that the server has sanitised. */
export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** The name of somebody, in their colour, with their badges. */
export function nameOf(person) {
  const scopes = person.scopes ?? [];
  return [
    make("bdi", { class: `name c${(person.displayColor ?? 0) % 8}` }, person.displayName),
    person.isBot && make("span", { class: "badge" }, "bot"),
    scopes.includes("ADMIN")
      ? make("span", { class: "badge mod" }, "admin")
      : scopes.includes("MODERATOR") && make("span", { class: "badge mod" }, "mod"),
  ].filter(Boolean);
}

/** Ask with the dialog; resolves to whether the answer was yes. */
export function confirmed(title, text, yes) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Open the menu next to a button, with entries {label, risky, run}. */
export function openMenu(button, entries) {
  const menu = byId("menu");
  menu.replaceChildren(
    ...entries.map(({ label, risky, run }) =>
      make(
        "button",
        {
          type: "button",
          role: "menuitem",
          class: risky ? "risky" : "",
          tabIndex: -1,
          on: { click: () => { menu.hidePopover(); run(); } },
        },
        label,
      ),
    ),
  );
  menu.showPopover();
  const place = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = place.bottom + 6 + height <= innerHeight;
  menu.style.left = `${Math.max(12, Math.min(place.right - width, innerWidth - width - 12))}px`;
  menu.style.top = `${below ? place.bottom + 6 : Math.max(12, place.top - height - 6)}px`;
  button.setAttribute("aria-expanded", "true");
  menu.firstElementChild?.focus();
  menu.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const items = [...menu.children];
    const next = (items.indexOf(document.activeElement) + step + items.length) % items.length;
    items[next].focus();
  };
  menu.ontoggle = (event) => {
    if (event.newState === "closed") {
      button.setAttribute("aria-expanded", "false");
      if (button.isConnected && menu.contains(document.activeElement)) button.focus();
    }
  };
}
