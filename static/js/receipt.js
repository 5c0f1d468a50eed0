// Before somebody leaves a page with a receipt that they have not shown to be kept, the browser asks whether they mean it.
const watching = document.querySelector("[data-watches-over]");
let mayLeave = false;

if (watching) {
  addEventListener("beforeunload", (event) => {
    if (!mayLeave) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    mayLeave = true;
    // A download leaves the page where it is.
    if (event.target.hasAttribute("data-stays")) setTimeout(() => { mayLeave = false; }, 1000);
  });
}
