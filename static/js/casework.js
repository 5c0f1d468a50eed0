// Adds to the case page, which works without it.

// Keeps what is typed in its form a moment after the last key. The button beside it does the same without scripts.
class KeepDraft extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.state = this.querySelector("[role=status]");
    this.form.addEventListener("input", (event) => {
      if (event.target.name !== "text") return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keep(), 1500);
    });
    this.form.addEventListener("submit", () => {
      clearTimeout(this.timer);
      this.under_way?.abort(); // a draft that arrives after the words were sent would come back
    });
  }

  // Files are sent once, with the words for good.
  words() {
    const words = new FormData(this.form);
    words.delete("files");
    return words;
  }

  async keep() {
    this.under_way = new AbortController();
    try {
      const response = await fetch(this.dataset.url, {
        method: "POST",
        body: this.words(),
        headers: { "X-Requested-With": "keep-draft" },
        redirect: "manual", // signed out meanwhile
        signal: this.under_way.signal,
      });
      this.state.textContent = response.status === 204 ? this.dataset.kept : this.dataset.failed;
    } catch (error) {
      if (error.name !== "AbortError") this.state.textContent = this.dataset.failed;
    }
  }
}

// Copies what is selected in the conversation into the field of the passage to hide.
class TakeSelection extends HTMLElement {
  connectedCallback() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "govuk-button govuk-button--secondary";
    button.textContent = this.dataset.label;
    // Before the click takes the selection away.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      const selection = document.getSelection();
      const from = document.querySelector(this.dataset.from);
      if (selection.isCollapsed || !from.contains(selection.anchorNode)) return;
      const field = document.getElementById(this.dataset.into);
      field.value = selection.toString();
      field.focus();
    });
    this.replaceChildren(button);
  }
}

customElements.define("keep-draft", KeepDraft);
customElements.define("take-selection", TakeSelection);
