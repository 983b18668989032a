// The proof as it happens: asks once a second, survives lost contact, says each step as it ends, goes on to the readings where they can be reached.

const ASK_EVERY_MS = 1000;
const ANSWER_WITHIN_MS = 4000;
const LOST_AFTER_MS = 3000;
const GONE_AFTER_MS = 15000;
const HOTSPOT_ADDRESS = "192.168.4.1";

const main = document.querySelector("main");

let setup = null; // what /api/setup told last
let heardAt = Date.now();
let restartAt = null;
let isKept = false;
let refusal = null; // a code: what was asked for was not done
let isLeaving = false;
const said = {}; // {step: the state that was said last}

const isHotspot = () => main.dataset.way === "hotspot";

/** In this language, and in the next one that is chosen. */
function put(place, key) {
  place.dataset.word = key;
  tell(place, key);
}

// --- steps ---

function detailText(step) {
  const detail = step.detail || "";
  if (/^[a-z_]+$/.test(detail)) return word(`proof.${detail}`);
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
  put(state, `proof.${step.state}`);
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
  showLink("hostname", setup.hostname);
  if (isKnown) main.dataset.known = "";
  else delete main.dataset.known;
  element("channel").hidden = !setup.channel_id;
  const channel = document.querySelector("[data-link=channel]");
  channel.href = setup.channel_url || channel.dataset.channels + setup.channel_id;
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
  put(element("verdict"), isKept || setup.steps.some((step) => step.state === "failed") ? "proof.kept" : "proof.works");
}

function enter(state) {
  main.dataset.state = state;
  if (state === "done" || state === "failed") {
    element(state).focus();
    scrollTo(0, 0);
  }
}

function showTitle() {
  for (const place of [document.querySelector("title"), element("title")]) put(place, `proof.title_${main.dataset.state}`);
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
  const lost = element("lost");
  lost.hidden = (main.dataset.state !== "running" && setup) || silentFor < LOST_AFTER_MS;
  const key = silentFor < GONE_AFTER_MS ? "proof.lost" : isHotspot() ? "proof.gone_hotspot" : "proof.gone_home";
  if (!lost.hidden && (lost.dataset.word !== key || !lost.textContent)) put(lost, key);
}

// --- following ---

/** What is answered in time; nothing where it is out of reach for a while. */
const asked = (path) => ask(path, { patience_ms: ANSWER_WITHIN_MS }).catch(() => ({}));

async function look() {
  const answer = await asked("/api/setup");
  if (!answer.document || !answer.document.steps) return;
  heardAt = Date.now();
  if (setup && setup.state === "done" && answer.document.state !== "done") {
    restartAt = Math.min(restartAt || Date.now(), Date.now()); // it has restarted: this verdict stays
    return;
  }
  setup = answer.document;
  restartAt = typeof setup.restart_in_s === "number" ? Date.now() + setup.restart_in_s * 1000 : null;
  show();
}

async function follow() {
  while (restartAt === null || Date.now() < restartAt) {
    await look();
    await pause(ASK_EVERY_MS);
  }
  if (!isHotspot()) await goOn();
}

/** After the restart: the readings, as soon as the device is back on this Wi-Fi. */
async function goOn() {
  await pause(6000); // before that the device that answers may be the one that has not restarted yet
  while (!(await asked("/api/readings")).ok) await pause(ASK_EVERY_MS * 2);
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
