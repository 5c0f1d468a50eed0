// Adds to the queues, which work without it: a box that selects the whole page, and saying how many rows are selected.
class SelectRows extends HTMLElement {
  connectedCallback() {
    this.count = this.querySelector("[data-count]");
    this.row = this.querySelector("[data-row]");
    this.all = document.querySelector("[data-select-all]");
    this.boxes = [...document.querySelectorAll("input[form=bulk][name=case]")];
    this.querySelector("[name=all]").hidden = true; // the box in the head of the table does the same without a round trip
    this.all.hidden = false;
    this.all.addEventListener("change", () => {
      this.boxes.forEach((box) => { box.checked = this.all.checked; });
      this.tell();
    });
    this.boxes.forEach((box) => box.addEventListener("change", () => this.tell(box)));
    addEventListener("pageshow", () => this.tell()); // the browser has put back what was selected before
    this.tell();
  }

  tell(box) {
    const selected = this.boxes.filter((each) => each.checked).length;
    this.all.checked = selected === this.boxes.length;
    this.all.indeterminate = selected > 0 && !this.all.checked;
    this.toggleAttribute("data-selected", selected > 0);
    this.count.textContent = this.dataset.said.replace("{selected}", selected).replace("{all}", this.boxes.length);
    // A box that was ticked itself says so; one that was ticked by a key while the focus was on its row doesn't.
    const by_key = box && box !== document.activeElement;
    const sentence = by_key ? this.dataset[box.checked ? "on" : "off"] : "";
    this.row.textContent = sentence.replace("{reference}", box?.closest("tr").querySelector("a").textContent.trim());
  }
}

customElements.define("select-rows", SelectRows);
