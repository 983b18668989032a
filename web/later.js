// Scripts that a page needs only after its first useful view: data-script="chart.js" on the part that they bring to life.

const LATER_RETRY_MS = 3000;

/** Load them in the order of the page; one that does not arrive is asked for again. */
function loadRest() {
  for (const place of all("[data-script]")) {
    loadScript(place.dataset.script);
    delete place.dataset.script;
  }
}

function loadScript(src) {
  const script = append(document.body, "script", "", { src, async: false });
  script.addEventListener("error", () => setTimeout(loadScript, LATER_RETRY_MS, src));
}
