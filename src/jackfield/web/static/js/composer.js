// Writing a message.

import { byId } from "./dom.js";

export class Composer {
  #form = byId("composer");
  #text = byId("composer-text");
  #counter = byId("counter");
  #most = 2000;
  #draftKey;

  /** @param send called with the text */
  constructor(send, draftKey) {
    this.#draftKey = draftKey;
    this.#text.value = sessionStorage.getItem(draftKey) ?? "";
    this.#text.addEventListener("input", () => this.#changed());
    this.#text.addEventListener("keydown", (event) => {
      // While an input method composes a character, Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#text.value.trim();
      if (!text || this.#length(text) > this.#most) return;
      this.#text.value = "";
      this.#changed();
      send(text);
      this.#text.focus();
    });
    this.#changed();
  }

  show(visible, most = this.#most) {
    this.#most = most;
    this.#form.hidden = !visible;
    if (visible) this.#changed();
  }

  focus() {
    this.#text.focus();
  }

  /** Put a text back to be changed, unless something else is being written. */
  edit(body) {
    if (!this.#text.value.trim()) this.#text.value = body;
    this.#changed();
    this.focus();
  }

  // As the server counts: characters, not UTF-16 halves.
  #length(text) {
    return [...text].length;
  }

  #changed() {
    const text = this.#text;
    sessionStorage.setItem(this.#draftKey, text.value);
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    const length = this.#length(text.value.trim());
    const left = this.#most - length;
    this.#counter.textContent = left < 0 ? `${-left} characters too many` : left < 200 ? `${left} left` : "";
    this.#counter.classList.toggle("over", left < 0);
    this.#form.querySelector(".send").disabled = length === 0 || left < 0;
  }
}
