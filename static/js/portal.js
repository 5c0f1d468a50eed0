// Adds to pages that work without it.
import { initAll } from "../build/govuk-frontend.min.js";

document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
initAll();

// On a narrow screen the desk's rail folds behind a button; without scripts it stays open above the page.
class FoldOut extends HTMLElement {
  connectedCallback() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "fold-out__button";
    button.textContent = this.dataset.label;
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      const open = this.toggleAttribute("data-open");
      button.setAttribute("aria-expanded", String(open));
    });
    this.prepend(button);
    this.setAttribute("data-ready", "");
  }
}

// Single keys can be turned off (WCAG 2.1.4) and never fire while somebody types.
class KeyboardHints extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.off = this.querySelector("[data-keys-off]");
    this.off.checked = this.stored() === "off";
    this.off.addEventListener("change", () => this.store(this.off.checked ? "off" : "on"));
    this.listening = (event) => this.press(event);
    document.addEventListener("keydown", this.listening);
    document.querySelectorAll("[data-opens-hints]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => this.dialog.showModal());
    });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.listening);
  }

  stored() {
    try { return localStorage.getItem("single-keys"); } catch { return null; }
  }

  store(value) {
    try { localStorage.setItem("single-keys", value); } catch { /* storage is refused: the choice lasts for this page */ }
  }

  press(event) {
    if (this.off.checked || event.ctrlKey || event.metaKey || event.altKey || this.dialog.open) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    if (this.afterG) {
      this.afterG = false;
      document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    const actions = {
      "?": () => this.dialog.showModal(),
      "/": () => document.querySelector("#main [type=search], #main .filters input:not([type=hidden])")?.focus(),
      g: () => { this.afterG = true; setTimeout(() => { this.afterG = false; }, 1500); },
      j: () => this.step(1),
      k: () => this.step(-1),
      o: () => this.row()?.querySelector("a")?.click(),
      x: () => this.row()?.querySelector("[type=checkbox]")?.click(),
      X: () => this.all(),
      "*": () => this.all(),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  // The row in which the focus is.
  row() {
    return document.activeElement?.closest("#main tbody tr");
  }

  all() {
    document.querySelector("[data-select-all]")?.click();
  }

  step(by) {
    const links = [...document.querySelectorAll("#main tbody tr")].map((row) => row.querySelector("a")).filter(Boolean);
    const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
  }
}

// Buttons that only work with scripts come with the scripts.
class ScriptButton extends HTMLElement {
  connectedCallback() {
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "govuk-button govuk-button--secondary";
    this.button.textContent = this.dataset.label;
    this.button.addEventListener("click", () => this.act());
    this.replaceChildren(this.button);
  }
}

class PrintPage extends ScriptButton {
  act() {
    window.print();
  }
}

class CopyText extends ScriptButton {
  connectedCallback() {
    super.connectedCallback();
    this.button.setAttribute("aria-live", "polite");
    this.hidden = !navigator.clipboard; // browsers offer it on safe origins only
  }

  async act() {
    await navigator.clipboard.writeText(document.getElementById(this.dataset.from).textContent.trim());
    this.button.textContent = this.dataset.done;
  }
}

// A passkey's button comes once django-allauth's script answers it; that script stands in the page, so its listener is called before ours.
class PasskeyButton extends HTMLElement {
  connectedCallback() {
    this.sentence = this.querySelector("p");
    document.addEventListener("DOMContentLoaded", () => this.show(), { once: true });
    document.addEventListener("allauth.error", () => this.say(this.dataset.failed));
  }

  show() {
    const able = Boolean(window.PublicKeyCredential && window.allauth?.webauthn);
    this.querySelector("button").hidden = !able;
    this.sentence.hidden = able;
    if (!able) this.say(this.dataset.unable);
  }

  say(sentence) {
    this.sentence.hidden = false;
    this.sentence.setAttribute("role", "alert");
    this.sentence.textContent = sentence;
  }
}

customElements.define("fold-out", FoldOut);
customElements.define("keyboard-hints", KeyboardHints);
customElements.define("print-page", PrintPage);
customElements.define("copy-text", CopyText);
customElements.define("passkey-button", PasskeyButton);
