// The settings as they are. What can be done with them comes later: settings_form.js, settings_file.js, board.js.

const FIELDS = ["ssid", "password", "api_key", "interval_s", "https", "name", "units", "sensor", "pin", "country", "temperature_offset_c", "humidity_offset_pct"];
const SECRETS = ["password", "api_key"];
const INTERVALS_S = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 21600, 86400];
const YEARLY_MESSAGES = 3000000; // ThingSpeak's free licence, for all channels of an account together

let current = null; // what is set, as GET /api/settings tells it
let shownAs = {}; // {field: the text it was filled with}

// --- What is set ---

async function loadSettings() {
  element("reload").hidden = element("not-loaded").hidden = true;
  let answer = null;
  try {
    answer = await ask("/api/settings");
  } catch {
    // Said below.
  }
  if (answer && answer.status === 401) {
    location.replace("/login");
    return false;
  }
  element("loading").hidden = true;
  if (!answer || !answer.ok || !answer.document) {
    element("reload").hidden = element("not-loaded").hidden = false;
    return false;
  }
  current = answer.document;
  fill();
  element("all").hidden = false;
  loadRest();
  return true;
}

function fill() {
  fillIntervals();
  fillPins();
  FIELDS.forEach(fillField);
  showBudget();
}

function fillField(name) {
  let text = SECRETS.indexOf(name) >= 0 || current[name] === undefined || current[name] === null ? "" : String(current[name]);
  if (name === "https") text = current.https ? "yes" : "no";
  element(name).value = text;
  shownAs[name] = text;
}

function fillIntervals() {
  const list = element("interval_s");
  const kept = list.value || String(current.interval_s);
  const choices = INTERVALS_S.indexOf(current.interval_s) < 0 ? INTERVALS_S.concat(current.interval_s) : INTERVALS_S;
  list.textContent = "";
  for (const seconds of choices.slice().sort((a, b) => a - b)) append(list, "option", intervalText(seconds), { value: String(seconds) });
  list.value = kept;
}

const intervalText = (seconds) => (INTERVALS_S.indexOf(seconds) < 0 ? word("intervals.other", { seconds: number(seconds) }) : word("intervals." + seconds));

function fillPins() {
  const list = element("pin");
  const kept = list.value || String(current.pin);
  const others = current.pins.slice(1);
  list.textContent = "";
  for (const pin of [0].concat(others.indexOf(current.pin) < 0 && current.pin ? others.concat(current.pin) : others)) append(list, "option", pinText(pin), { value: String(pin) });
  list.value = kept;
}

const pinText = (pin) => (pin ? "GPIO " + pin : word("settings.pin_usual", { pin: current.pins[0] }));

function showBudget() {
  const percent = (100 * 365 * DAY_S) / (Number(element("interval_s").value) * YEARLY_MESSAGES);
  say(element("interval_s-hint"), percent < 1 ? word("settings.interval_hint_little") : word("settings.interval_hint", { percent: number(percent) }));
}

element("interval_s").addEventListener("change", showBudget);
element("reload").addEventListener("click", loadSettings);
document.addEventListener("words", () => {
  if (!current) return;
  fillIntervals();
  fillPins();
  showBudget();
});
loadSettings();
