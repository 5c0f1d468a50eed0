// Files that somebody has chosen stay chosen while they look at what is in them; without scripts they are chosen once more.
//
// A form with files that leads to another look goes in the background, so that this page keeps the files and can fill them in on
// the next one. What is sent for good goes as any form does: the receipt's page must be one that can be loaded again.
import { initAll } from "../build/govuk-frontend.min.js";

const FORM = "form[data-keeps-files]";
// What a page has on which the same files are wanted once more; the one that comes after they went has neither.
const AGAIN = '[data-files-lost], input[name="looked"]:not([value=""])';
let going = null;

const inputOf = (form) => form.querySelector("input[type=file]");

function leadsToALook(form, button) {
  if (button?.value !== "confirm") return true;
  const groups = new Set([...form.querySelectorAll("input[type=radio]")].map((radio) => radio.name));
  return [...groups].some((name) => !form.querySelector(`input[name="${CSS.escape(name)}"]:checked`));
}

function progressOf(form) {
  const line = document.createElement("div");
  line.className = "files-progress";
  line.setAttribute("role", "status");
  const text = document.createElement("p");
  const bar = document.createElement("progress");
  text.className = "govuk-body";
  bar.max = 1;
  bar.setAttribute("aria-hidden", "true");
  line.append(text, bar);
  form.append(line);
  // Only what comes into a status that is there already is read out.
  requestAnimationFrame(() => { text.textContent ||= form.dataset.sending; });
  return { line, text, bar };
}

function send(form, button) {
  const body = new FormData(form, button);
  const files = [...inputOf(form).files];
  const { line, text, bar } = progressOf(form);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => { bar.value = event.loaded / event.total; });
  request.upload.addEventListener("load", () => { bar.removeAttribute("value"); text.textContent = form.dataset.looking; });
  const fail = () => { bar.remove(); text.textContent = form.dataset.failed; going = null; };
  ["error", "abort"].forEach((end) => request.addEventListener(end, fail));
  request.addEventListener("load", () => {
    going = null;
    const page = request.responseXML;
    // Nothing was taken: this page still has it all.
    const again = page?.querySelector(FORM)?.querySelector(AGAIN);
    if (!again && [413, 429].includes(request.status) || request.status >= 500) { fail(); return; }
    // No further look, but what can be loaded again only as a page of its own. The form counts once, however often it is sent.
    if (!again) { line.remove(); submitForGood(form, button); return; }
    show(page, files);
  });
  request.open("POST", form.action);
  request.responseType = "document";
  request.send(body);
  going = request;
}

function submitForGood(form, button) {
  form.toggleAttribute("data-for-good", true);
  form.requestSubmit(button);
}

function show(page, files) {
  const main = document.importNode(page.querySelector("main"), true);
  document.querySelector("main").replaceWith(main);
  document.title = page.title;
  fillIn(main, files);
  initAll({ scope: main });
  if (!main.querySelector(".govuk-error-summary")) {
    const heading = main.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus();
  }
  window.scrollTo(0, 0);
}

function fillIn(main, files) {
  const kept = new DataTransfer();
  files.forEach((file) => kept.items.add(file));
  main.querySelectorAll(`${FORM} input[type=file]`).forEach((input) => { input.files = kept.files; });
  main.querySelectorAll("[data-files-lost]").forEach((hint) => hint.remove());
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest(FORM);
  if (!form || form.hasAttribute("data-for-good") || !inputOf(form)?.files.length) return;
  if (going) { event.preventDefault(); return; }
  if (!leadsToALook(form, event.submitter)) return;
  event.preventDefault();
  form.querySelectorAll(".files-progress").forEach((line) => line.remove());
  send(form, event.submitter);
});
