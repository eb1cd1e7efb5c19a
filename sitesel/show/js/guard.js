// Runs first, in any browser however old: what fails before the map stands is told in a sentence.

(function () {
  function tell() {
    if (!document.body.hasAttribute("data-ready")) /** @type {HTMLElement} */ (document.getElementById("notice")).hidden = false;
  }
  addEventListener("error", tell);
  addEventListener("unhandledrejection", tell);
})();
