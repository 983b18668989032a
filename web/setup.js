// The set-up form: shows what is in the air and what the sensor says, sends the entries, says what is wrong beside each of them.
// Without this file the form works too; the network's name is typed then.

const SHOWN_AT_FIRST = 6;
const SCAN_CHECK_MS = 1000;
const SCAN_LASTS_MS = 20000;
const SENSOR_EVERY_MS = 4000;
const YEAR_S = 365 * DAY_S;
const KEPT_FIELDS = ["password", "api_key"];

const form = document.querySelector("form");
const networks = element("networks");
const password = element("password");
const interval = element("interval_s");
const touched = new Set(); // what a person has changed is not overwritten by what the device knows

let setup = null; // what /api/setup told
let found = null; // what /api/networks told
let reading = null; // what /api/readings told
let isUnheard = false; // the form found nobody
let isSearching = false;
let isShort = true;
const whenShown = []; // what setup_send.js has to do whenever what the device told, or the language, is new

// --- networks ---

const chosen = () => form.querySelector("[name=network]:checked");
const chosenNetwork = () => (found ? found.networks.find((one) => chosen() && one.id === chosen().value) : undefined);

/** What the security means for the person who chooses; "" where the lock says it all. */
function securityNote(one) {
  if (one.isAway) return word("setup.not_in_sight");
  if (one.security === "open") return word("setup.open");
  if (one.supported) return "";
  return one.security.includes("enterprise") ? word("setup.enterprise") : word("setup.unsupported", { security: one.security.toUpperCase() });
}

function showNetwork(one, value) {
  const label = append(networks, "label", "", { className: one.supported ? "" : "off" });
  append(label, "input", "", { type: "radio", name: "network", value: one.id, disabled: !one.supported, checked: one.id === value });
  append(label, "bdi", one.ssid);
  const isLocked = one.security !== "open" && one.supported && !one.isAway;
  const bars = word("setup.bars", { count: one.bars });
  append(label, "span", isLocked ? `${word("setup.locked")}, ${bars}` : bars, { className: `signal b${one.bars}${isLocked ? " locked" : ""}` });
  const note = securityNote(one);
  if (note) append(label, "small", note);
}

/** The network in the draft, which may be out of sight now. */
function drafted() {
  const draft = setup && setup.draft;
  if (!draft || !draft.ssid || !found) return null;
  const inSight = found.networks.find((one) => one.ssid === draft.ssid);
  return inSight || { ssid: draft.ssid, id: draft.network || "draft", bars: 0, security: "", supported: true, isAway: true };
}

/** Show what was found; the choice stays, even where it is out of sight for a moment. */
function showNetworks() {
  if (!found) return;
  const before = chosen();
  const hadFocus = networks.contains(document.activeElement) ? document.activeElement.value : null;
  const own = drafted();
  let value = touched.has("network") && before ? before.value : own ? own.id : found.networks.length ? "" : "other";
  const shown = found.networks.slice();
  if (own && own.isAway) shown.unshift(own);
  if (value && value !== "other" && !shown.some((one) => one.id === value)) {
    shown.unshift({ ssid: before.parentNode.querySelector("bdi").textContent, id: value, bars: 0, security: "", supported: true, isAway: true });
  }
  networks.textContent = "";
  for (const one of shown) showNetwork(one, value);
  form.querySelector("[value=other]").checked = value === "other";
  for (const input of all("input", networks)) if (input.value === hadFocus) input.focus();
  shorten();
  fitToChoice();
}

/** Show the strongest few; the rest is one tap away, unless one of them is the choice. */
function shorten() {
  const rest = networks.children.length - SHOWN_AT_FIRST;
  const cards = all("label", networks);
  const isHidden = isShort && rest > 1 && !cards.slice(SHOWN_AT_FIRST).some((card) => card.querySelector("input").checked);
  cards.forEach((card, place) => {
    card.hidden = isHidden && place >= SHOWN_AT_FIRST;
  });
  element("more").hidden = !isHidden;
  say(element("more"), word("setup.more", { count: rest }));
}

function showAll() {
  isShort = false;
  shorten();
  networks.children[SHOWN_AT_FIRST].querySelector("input").focus();
}

/** An open network has no password: what may have been typed for another one must not be sent. What is kept is kept for its own network. */
function fitToChoice() {
  const one = chosenNetwork();
  const isOpen = Boolean(one && one.security === "open");
  const isOther = Boolean(chosen() && chosen().value === "other");
  element("other-field").hidden = !isOther;
  element("password-field").hidden = isOpen;
  password.disabled = isOpen;
  const own = drafted();
  const isOwn = Boolean(own && chosen() && chosen().value === own.id);
  element("password-kept").hidden = !(isOwn && setup.draft.has_password);
  element("api_key-kept").hidden = !(setup && setup.draft && setup.draft.has_api_key);
}

function showFound() {
  let text = "";
  if (isSearching) text = word("setup.searching");
  else if (isUnheard) text = word("shared.no_answer");
  else if (found) text = found.networks.length > 1 ? word("setup.found", { count: found.networks.length }) : word(found.networks.length ? "setup.found_one" : "setup.none_found");
  say(element("found"), text);
  element("search").setAttribute("aria-busy", isSearching);
}

/** Look what is in the air: what the device knows already, or with a new search. */
async function search(isNew) {
  if (isSearching) return;
  isSearching = true;
  isUnheard = false;
  showFound();
  const until = Date.now() + SCAN_LASTS_MS;
  try {
    let answer = await ask(isNew ? "/api/networks?refresh=1" : "/api/networks");
    while (answer.document && answer.document.scanning && Date.now() < until) {
      await pause(SCAN_CHECK_MS);
      answer = await ask("/api/networks");
    }
    if (answer.document && answer.document.networks) found = answer.document;
    else isUnheard = true;
  } catch {
    isUnheard = true;
  }
  isSearching = false;
  showNetworks();
  showFound();
  if (!found) fitToChoice();
  if (!isNew && found && !found.networks.some((one) => one.supported)) search(true); // the hotspot beside a lost Wi-Fi opens without having looked
}

// --- what the device knows ---

async function loadSetup() {
  for (;;) {
    try {
      const answer = await ask("/api/setup");
      if (answer.document && answer.document.state) {
        setup = answer.document;
        break;
      }
    } catch {
      // Out of reach for a moment.
    }
    await pause(RETRY_MS);
  }
  if (setup.state === "running" || setup.state === "done") {
    location.replace("/setup");
    return;
  }
  if (setup.draft) showDraft();
  showSetup();
  showFailure();
}

function showDraft() {
  const draft = setup.draft;
  const put = (name, show) => touched.has(name) || show();
  put("name", () => (element("name").value = draft.name));
  put("units", () => (form.querySelector(`[name=units][value=${draft.units === "F" ? "F" : "C"}]`).checked = true));
  put("sensor", () => (element("sensor").value = draft.sensor));
  put("https", () => (element("https").value = draft.https === false ? "no" : "yes"));
  put("interval_s", () => {
    if (!all("option", interval).some((option) => option.value === String(draft.interval_s))) append(interval, "option", "", { value: draft.interval_s }).dataset.own = "";
    interval.value = draft.interval_s;
  });
}

/** What the last trial ended with is what a person comes back for. While setup_send.js is not there, the banner is empty and takes no focus. */
function showFailure() {
  if (setup && setup.state === "failed" && setup.error) element("errors").focus();
}

function showSetup() {
  if (!setup) return;
  const failed = setup.state === "failed" && setup.error;
  say(element("notice"), setup.notice && !failed ? code(setup.notice).join(" ").trim() : "");
  element("closed").hidden = setup.open !== false;
  say(element("device"), `${setup.hotspot} · Dewlog ${setup.version}`);
  for (const option of all("[data-own]")) option.textContent = word("intervals.other", { seconds: option.value });
  showNetworks();
  for (const follow of whenShown) follow();
}

function showBudget() {
  say(element("budget"), word("setup.budget", { count: number(Math.round(YEAR_S / interval.value)) }));
}

// --- the sensor: whether it is wired well is seen before anything is typed ---

async function watchSensor() {
  for (;;) {
    if (!document.hidden) {
      try {
        reading = (await ask("/api/readings")).document;
        showReading();
      } catch {
        // The form says so when it matters.
      }
    }
    await pause(SENSOR_EVERY_MS);
  }
}

function showReading() {
  if (!reading) return;
  const place = element("reading");
  const problem = [reading.sensor && reading.sensor.problem, reading.problem].find((one) => /^sensor_/.test(one || ""));
  const isKnown = isNumber(reading.temperature_c) && reading.quality !== "missing";
  const unit = form.querySelector("[name=units]:checked").value;
  place.hidden = false;
  place.className = problem ? "problem" : isKnown ? "ok" : "note";
  if (problem) say(place, code(problem).join(" ").trim());
  else if (isKnown) say(place, word("setup.sensor_now", { reading: `${temperature(reading.temperature_c, unit)}, ${humidity(reading.humidity_pct)}` }));
  else say(place, word("setup.sensor_waiting"));
}

// --- password ---

function reveal() {
  password.type = password.type === "password" ? "text" : "password";
  showReveal();
  say(element("revealed"), word(password.type === "text" ? "setup.password_shown" : "setup.password_hidden"));
}

function showReveal() {
  const isHidden = password.type === "password";
  element("reveal").hidden = false;
  say(element("reveal"), word(isHidden ? "setup.show" : "setup.hide"));
  element("reveal").setAttribute("aria-label", word(isHidden ? "setup.show_password" : "setup.hide_password"));
}

form.addEventListener("input", (event) => touched.add(event.target.name));
form.addEventListener("change", (event) => {
  touched.add(event.target.name);
  fitToChoice();
  showBudget();
  showReading();
});
element("search").addEventListener("click", () => search(true));
element("more").addEventListener("click", showAll);
element("reveal").addEventListener("click", reveal);
document.addEventListener("words", () => {
  loadRest();
  showReveal();
  showBudget();
  showSetup();
  showNetworks();
  showFound();
  showReading();
});
element("phone_time").value = Date.now();
element("finding").hidden = false;
element("other-field").hidden = true;

async function begin() {
  await search(false);
  await loadSetup();
  watchSensor();
}

begin();
