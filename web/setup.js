// The proof as it happens: asks once a second, survives lost contact, says each step as it ends.
// Without this file the page reloads itself while the proof is running.

const ASK_EVERY_MS = 1000;
const PATIENCE_MS = 4000;
const SILENT_FOR_MS = 3000;
const TITLES = {
  idle: "Nothing to check yet",
  running: "Checking your set-up",
  done: "Dewlog is ready",
  failed: "Not there yet",
};

const element = (id) => document.getElementById(id);
const main = document.querySelector("main");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

let restartAt = null;

function showText(name, text) {
  for (const place of document.querySelectorAll(`[data-text="${name}"]`)) {
    place.textContent = text ?? "";
  }
}

/** Only plain web addresses become links: what arrives is shown as text in any case. */
function showLink(name, url) {
  const link = document.querySelector(`[data-link="${name}"]`);
  if (!/^https?:\/\//.test(url ?? "")) {
    return;
  }
  link.href = url;
  if (name !== "channel_url") {
    link.textContent = url;
  }
}

function showStep(step) {
  const item = document.querySelector(`[data-step="${step.name}"]`);
  item.querySelector("p").textContent = step.detail ?? "";
  if (item.dataset.state === step.state) {
    return;
  }
  item.dataset.state = step.state;
  item.querySelector("i").textContent = step.state;
  element("said").textContent = `${item.querySelector("b").textContent}: ${step.state}. ${step.detail ?? ""}`;
}

function showVerdict(setup) {
  showText("message", setup.error?.message ?? setup.message);
  showText("advice", setup.error?.advice);
  showLink("address_url", setup.address_url);
  showLink("hostname_url", setup.hostname_url);
  showLink("channel_url", setup.channel_url);
  element("address").hidden = !setup.address_url;
  element("channel").hidden = !setup.channel_url;
  element("keep").hidden = !setup.can_keep;
}

function show(setup) {
  setup.steps.forEach(showStep);
  showText("ssid", setup.ssid);
  showVerdict(setup);
  restartAt = setup.restart_in_s === null ? null : Date.now() + setup.restart_in_s * 1000;
  if (main.dataset.state !== setup.state) {
    enter(setup.state);
  }
  showCountdown();
}

function enter(state) {
  main.dataset.state = state;
  document.title = element("title").textContent = TITLES[state];
  if (state === "done" || state === "failed") {
    element(state).focus();
    scrollTo(0, 0);
  }
}

function showCountdown() {
  const left = Math.ceil((restartAt - Date.now()) / 1000);
  const hotspot = main.dataset.way === "hotspot";
  let text = "";
  if (restartAt !== null && main.dataset.state === "done") {
    text = left > 0 ? `Dewlog restarts in ${left} s` : "Dewlog has restarted";
    text += hotspot ? (left > 0 ? "; this hotspot goes away then." : " and this hotspot is gone.") : ".";
  }
  element("restart").textContent = text;
}

async function ask() {
  const response = await fetch("/api/setup", { cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE_MS) });
  return response.json();
}

/** Ask until the restart: the countdown is the device's. Afterwards another web app answers there, if any. */
async function follow() {
  let heardAt = Date.now();
  while (restartAt === null || Date.now() < restartAt) {
    try {
      show(await ask());
      heardAt = Date.now();
    } catch {
      // Out of reach for a while: the hotspot follows the network to its channel.
    }
    element("lost").hidden = main.dataset.state !== "running" || Date.now() - heardAt < SILENT_FOR_MS;
    await pause(ASK_EVERY_MS);
  }
}

setInterval(showCountdown, 500);
follow();
