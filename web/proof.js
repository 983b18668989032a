// The proof as it happens: asks once a second, survives lost contact, says each step as it ends, goes on to the readings where they can be reached.

const ASK_EVERY_MS = 1000;
const ANSWER_WITHIN_MS = 4000;
const LOST_AFTER_MS = 3000;
const GONE_AFTER_MS = 15000;
const FIRST_LOOK_MS = 6000; // before that the device that answers may be the one that has not restarted yet
const HOTSPOT_ADDRESS = "192.168.4.1";
const CHANNELS = "https://thingspeak.mathworks.com/channels/";
const REASONS = ["again", "turn", "timeout", "connection", "redirect", "reply", "no_network"];

const main = document.querySelector("main");

let setup = null; // what /api/setup told last
let heardAt = Date.now();
let restartAt = null;
let isKept = false;
let refusal = null; // a code: what was asked for was not done
let isLeaving = false;
const said = {}; // {step: the state that was said last}

const isHotspot = () => main.dataset.way === "hotspot";

// --- steps ---

function detailText(step) {
  const detail = step.detail || "";
  if (REASONS.includes(detail)) return word(`proof.${detail}`);
  if (step.name === "thingspeak" && step.state === "failed" && /^\d{3}$/.test(detail)) return word("proof.status", { status: detail });
  if (step.name === "thingspeak" && /^\d+$/.test(detail)) return word("proof.entry", { number: detail });
  return detail;
}

function showStep(step) {
  const item = element(`step-${step.name}`);
  if (!item) return;
  const state = item.querySelector("i");
  say(item.querySelector("p"), detailText(step));
  item.dataset.state = step.state;
  state.dataset.word = `proof.${step.state}`;
  tell(state, state.dataset.word);
  if (words.proof && said[step.name] !== step.state) {
    said[step.name] = step.state;
    say(element("said"), `${item.querySelector("b").textContent}: ${state.textContent}. ${detailText(step)}`);
  }
}

// --- where to find it ---

/** Only what looks like an address or a host name becomes a link. */
function showLink(name, host) {
  const isHost = /^[\w.-]+$/.test(host || "");
  const { port } = new URL(setup.url || location.href);
  for (const link of all(`[data-link=${name}]`)) {
    if (isHost) link.href = link.textContent = `http://${host}${port && ":" + port}/`;
  }
  return isHost;
}

function showPlaces() {
  const step = setup.steps.find((one) => one.name === "address");
  const isKnown = showLink("address", setup.address || (step && step.state === "ok" ? step.detail : ""));
  const hostname = setup.hostname || "";
  showLink("hostname", hostname.includes(".") || !hostname ? hostname : `${hostname}.local`);
  if (isKnown) main.dataset.known = "";
  else delete main.dataset.known;
  element("channel").hidden = !setup.channel_id;
  if (setup.channel_id) document.querySelector("[data-link=channel]").href = setup.channel_url || CHANNELS + encodeURIComponent(setup.channel_id);
}

// --- the whole ---

function show() {
  if (!setup) return;
  main.dataset.way = location.hostname === HOTSPOT_ADDRESS || setup.mode === "setup" || setup.open ? "hotspot" : "home";
  setup.steps.forEach(showStep);
  know({ ssid: setup.ssid, hotspot: setup.hotspot });
  say(element("device"), `${setup.hotspot} · Dewlog ${setup.version}`);
  showPlaces();
  showVerdict();
  if (main.dataset.state !== setup.state) enter(setup.state);
  showTitle();
  showCountdown();
}

function showVerdict() {
  const [message, advice] = setup.error ? code(setup.error.code) : ["", ""];
  say(element("message"), message);
  say(element("advice"), advice);
  element("keep").hidden = !setup.can_keep;
  element("retry").hidden = !setup.can_retry;
  const isEntryWrong = Boolean(setup.error && setup.error.field);
  element("change").classList.toggle("quiet", !isEntryWrong);
  element("retry").firstElementChild.classList.toggle("quiet", isEntryWrong);
  element("change").href = setup.mode === "setup" ? "/" : "/settings";
  element("refused").hidden = !refusal;
  say(element("refused"), refusal === "no_answer" ? word("shared.no_answer") : refusal ? code(refusal).join(" ").trim() : "");
  element("verdict").dataset.word = isKept || setup.steps.some((step) => step.state === "failed") ? "proof.kept" : "proof.works";
  tell(element("verdict"), element("verdict").dataset.word);
}

function enter(state) {
  main.dataset.state = state;
  if (state === "done" || state === "failed") {
    element(state).focus();
    scrollTo(0, 0);
  }
}

function showTitle() {
  for (const place of [document.querySelector("title"), element("title")]) {
    place.dataset.word = `proof.title_${main.dataset.state}`;
    tell(place, place.dataset.word);
  }
}

function showCountdown() {
  let text = "";
  if (restartAt !== null && main.dataset.state === "done") {
    const left = Math.ceil((restartAt - Date.now()) / 1000);
    const key = left > 0 ? "proof.restarts" : "proof.restarted";
    text = word(isHotspot() ? `${key}_hotspot` : key, { seconds: left });
  }
  say(element("restart"), text);
}

/** Calm at first: the hotspot follows the network to its channel. What has been done stays on the screen. */
function showContact() {
  const silentFor = Date.now() - heardAt;
  const isWaiting = (main.dataset.state === "running" || !setup) && silentFor >= LOST_AFTER_MS;
  element("lost").hidden = !isWaiting;
  if (!isWaiting) return;
  const key = silentFor < GONE_AFTER_MS ? "proof.lost" : isHotspot() ? "proof.gone_hotspot" : "proof.gone_home";
  if (element("lost").dataset.word !== key || !element("lost").textContent) {
    element("lost").dataset.word = key;
    tell(element("lost"), key);
  }
}

// --- following ---

async function look() {
  const answer = await ask("/api/setup", { patience_ms: ANSWER_WITHIN_MS });
  if (!answer.document || !answer.document.steps) return;
  heardAt = Date.now();
  const isOver = setup && setup.state === "done" && answer.document.state !== "done"; // it has restarted: this verdict stays
  if (isOver) {
    restartAt = Math.min(restartAt || Date.now(), Date.now());
    return;
  }
  setup = answer.document;
  restartAt = typeof setup.restart_in_s === "number" ? Date.now() + setup.restart_in_s * 1000 : null;
  show();
}

async function follow() {
  while (restartAt === null || Date.now() < restartAt) {
    try {
      await look();
    } catch {
      // Out of reach for a while.
    }
    await pause(ASK_EVERY_MS);
  }
  if (!isHotspot()) await goOn();
}

/** After the restart: the readings, as soon as the device is back on this Wi-Fi. */
async function goOn() {
  await pause(FIRST_LOOK_MS);
  for (;;) {
    try {
      const answer = await ask("/api/readings", { patience_ms: ANSWER_WITHIN_MS });
      if (answer.ok) break;
    } catch {
      // Not back yet.
    }
    await pause(ASK_EVERY_MS * 2);
  }
  location.replace("/readings");
}

/** Try again, or keep: without leaving the page. */
async function act(event) {
  event.preventDefault();
  if (isLeaving) return;
  isLeaving = true;
  const path = event.target.getAttribute("action");
  try {
    const answer = await ask(path, { json: {} });
    refusal = answer.ok ? null : (answer.document && answer.document.error) || (answer.status === 401 ? "login_needed" : `HTTP ${answer.status}`);
    if (answer.ok) isKept = path.endsWith("/keep");
    await look();
  } catch {
    refusal = "no_answer";
  }
  isLeaving = false;
  if (setup) show();
}

element("retry").addEventListener("submit", act);
element("keep").addEventListener("submit", act);
document.addEventListener("words", () => {
  show();
  showContact();
});
setInterval(() => {
  showCountdown();
  showContact();
}, 500);
follow();
