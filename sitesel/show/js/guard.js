// Runs first, in any browser however old: what fails before the map stands is told in a sentence.

(function () {
  function tell() {
    const notice = document.getElementById("notice");
    if (notice && !document.body.hasAttribute("data-ready")) notice.hidden = false;
  }
  addEventListener("error", tell);
  addEventListener("unhandledrejection", tell);
})();
