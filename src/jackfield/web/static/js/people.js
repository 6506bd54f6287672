// Who is here.

import { byId, make, nameOf, openMenu } from "./dom.js";

export class People {
  #people = new Map();
  #menuFor;
  #you = "";
  #unlisted = 0; // how many more are here than the server lists

  /** @param menuFor what may be done to a person */
  constructor(menuFor) {
    this.#menuFor = menuFor;
  }

  reset(people, you, here = people.length) {
    this.#you = you.id;
    this.#unlisted = Math.max(0, here - people.length);
    this.#people = new Map(people.map((person) => [person.id, person]));
    this.draw();
  }

  put(person) {
    this.#people.set(person.id, person);
    this.draw();
  }

  has(id) {
    return this.#people.has(id);
  }

  remove(id) {
    if (!this.#people.delete(id) && this.#unlisted > 0) this.#unlisted -= 1;
    this.draw();
  }

  draw() {
    const people = [...this.#people.values()].sort((a, b) => a.displayName.localeCompare(b.displayName));
    byId("people-count").textContent = people.length + this.#unlisted;
    byId("people-list").replaceChildren(
      ...people.map((person) => {
        const entries = this.#menuFor(person);
        return make(
          "li",
          {},
          ...nameOf(person),
          person.id === this.#you && make("span", { class: "badge" }, "you"),
          entries.length > 0 &&
            make("button", {
              type: "button",
              class: "more",
              "aria-label": `Moderate ${person.displayName}`,
              "aria-haspopup": "menu",
              "aria-expanded": "false",
              on: { click: (event) => openMenu(event.currentTarget, entries) },
            }, "⋯"),
        );
      }),
      ...(this.#unlisted > 0 ? [make("li", {}, `and ${this.#unlisted} more`)] : []),
    );
  }
}
