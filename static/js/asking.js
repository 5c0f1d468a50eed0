// While somebody writes a question, looks from time to time for published answers that may help. The page works without.
const PAUSE = 1200; // milliseconds without a key before it looks
const SHORTEST = 20; // characters that are worth a look
const LONGEST = 4000; // as the portal takes them

class OfferedAnswers extends HTMLElement {
  connectedCallback() {
    this.setAttribute("aria-live", "polite");
    this.form = this.closest("form");
    this.text = document.getElementById(this.dataset.text);
    this.form.addEventListener("input", (event) => this.notice(event));
    this.last = "";
  }

  notice(event) {
    if (event.target !== this.text && event.target.name !== this.dataset.topic) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  async look() {
    const topic = this.form.elements[this.dataset.topic].value;
    const words = new URLSearchParams({ text: this.text.value.trim().slice(0, LONGEST), topic });
    if (words.get("text").length < SHORTEST || words.toString() === this.last) return;
    this.last = words.toString();
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body: words, signal: this.asked.signal, cache: "no-store" });
      if (answer.ok) this.innerHTML = await answer.text();
    } catch { /* offline, or asked anew: what was offered stays */ }
  }
}

customElements.define("offered-answers", OfferedAnswers);
