// While somebody fills in the long form of an entry, keeps what is typed after every pause. The page has a button for it without.
const PAUSE = 3000; // milliseconds without a change before it keeps

class DraftKeeper extends HTMLElement {
  connectedCallback() {
    this.className = "govuk-hint draft-keeper";
    this.setAttribute("role", "status");
    this.form = this.closest("form");
    this.form.addEventListener("input", () => this.wait());
    this.form.addEventListener("submit", () => this.stop());
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), PAUSE);
  }

  // Saved: a draft that came later would only be in the way.
  stop() {
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  async keep() {
    this.asked?.abort();
    this.asked = new AbortController();
    const sent = { method: "POST", body: new URLSearchParams(new FormData(this.form)), headers: { "X-Draft": "pause" } };
    try {
      const answer = await fetch(this.dataset.url, { ...sent, signal: this.asked.signal, redirect: "error" });
      this.textContent = answer.ok ? this.dataset.kept : this.dataset.failed;
    } catch (error) {
      if (error.name !== "AbortError") this.textContent = this.dataset.failed;
    }
  }
}

customElements.define("draft-keeper", DraftKeeper);
