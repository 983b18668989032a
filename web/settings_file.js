// Settings as a file: made and read by this browser, compared with what is set before anything is sent.

const LARGEST_FILE_BYTES = 65536;
const NUMBERS = { interval_s: [15, 86400], temperature_offset_c: [-20, 20], humidity_offset_pct: [-50, 50], temperature_slope: [0.5, 2], humidity_slope: [0.5, 2] };
const CHOICES = { units: ["C", "F"], sensor: ["auto", "dht22", "dht11"] };
const NAMES = {
  ssid: "network", password: "password", api_key: "api_key", interval_s: "interval", https: "connection", name: "name", units: "units", sensor: "sensor",
  temperature_offset_c: "temperature_offset", humidity_offset_pct: "humidity_offset", temperature_slope: "temperature_slope", humidity_slope: "humidity_slope", pin: "pin", country: "country",
};
const NOT_SETTINGS = ["version", "channel_id", "networks", "has_password", "has_api_key", "static", "lease", "pins"]; // ours, but not to be set: another device takes another address
const nameText = (name) => word("settings." + (NAMES[name] || name));

let comparison = null; // what the chosen file would change
let fileProblem = ""; // key of what is wrong with it

element("download").addEventListener("click", () => {
  const kept = { version: 1 };
  for (const name of Object.keys(NAMES).concat("ssid_hex")) {
    if (SECRETS.indexOf(name) < 0 && current[name] !== undefined && current[name] !== null) kept[name] = current[name];
  }
  if (kept.ssid_hex) delete kept.ssid;
  offer("dewlog-settings.json", JSON.stringify(kept, null, 2) + "\n");
});

function makeDifference() {
  const form = element("difference");
  append(form, "h3", "", { id: "file-title" });
  const table = append(form, "table", "", { id: "file-table" });
  const row = append(append(table, "thead"), "tr");
  for (const key of ["setting", "now", "then"]) appendWord(row, "th", "file." + key, { scope: "col" });
  append(table, "tbody", "", { id: "file-rows" });
  append(form, "p", "", { id: "file-unchanged", className: "faint" });
  append(form, "p", "", { id: "file-unusable", className: "error" });
  append(form, "p", "", { id: "file-unknown", className: "faint" });
  append(form, "div", "", { id: "file-asks" });
  const buttons = append(form, "p", "", { className: "buttons" });
  appendWord(buttons, "button", "file.use", { id: "file-use" });
  appendWord(buttons, "button", "file.cancel", { id: "file-cancel", type: "button", className: "quiet" });
}

// --- Reading a file: lenient in form ---

function bytesOf(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(new Uint8Array(reader.result)));
    reader.addEventListener("error", failed);
    reader.readAsArrayBuffer(file);
  });
}

/** Text in whatever encoding an editor left it: UTF-8 or UTF-16 with or without a mark, else Windows' own. */
function decoded(bytes) {
  const isWide = bytes.length > 1 && (bytes[0] === 0 || bytes[1] === 0);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (isWide) return new TextDecoder(bytes[0] === 0 ? "utf-16be" : "utf-16le").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** The object in `text`, or null. A comma too many is forgiven, and settings that lie in a document of diagnostics are found. */
function objectIn(text) {
  const trimmed = text.trim();
  let found = parsed(trimmed);
  if (found === null) found = parsed(trimmed.replace(/,(\s*[}\]])/g, "$1"));
  if (!found || typeof found !== "object" || Array.isArray(found)) return null;
  const inner = found.settings;
  const isWrapped = inner && typeof inner === "object" && !Array.isArray(inner) && !Object.keys(found).some((name) => NAMES[name]);
  return isWrapped ? inner : found;
}

// --- Comparing: strict in meaning ---

const figureOf = (text) => Number(text.replace(",", ".").replace(/[−\u2010-\u2015\uff0d]/, "-"));

/** The value of a setting as the form would send it, or null where it cannot be one. */
function usable(name, value) {
  const text = typeof value === "string" ? value.trim() : value;
  if (NUMBERS[name]) {
    const figure = typeof text === "string" && text ? figureOf(text) : text;
    const isWhole = name !== "interval_s" || figure === Math.floor(figure);
    return isNumber(figure) && isWhole && figure >= NUMBERS[name][0] && figure <= NUMBERS[name][1] ? String(figure) : null;
  }
  if (name === "https") {
    const said = String(text).toLowerCase();
    return /^(true|yes|on|1)$/.test(said) ? "yes" : /^(false|no|off|0)$/.test(said) ? "no" : null;
  }
  if (CHOICES[name]) return CHOICES[name].find((choice) => choice.toLowerCase() === String(text).toLowerCase().replace("am2302", "dht22")) || null;
  if (name === "pin") {
    const pin = Number(text) === current.pins[0] ? "0" : String(text);
    return [0].concat(current.pins).some((one) => String(one) === pin) ? pin : null;
  }
  if (name === "country") return typeof text === "string" && /^[a-z]{2}$/i.test(text) ? text.toUpperCase() : null;
  if (name === "ssid_hex") return typeof text === "string" && /^([0-9a-f]{2}){1,32}$/i.test(text) ? text.toLowerCase() : null;
  if (typeof value !== "string" || !text) return null;
  return name === "name" ? text : value;
}

/** {changes, unchanged, unusable, unknown, asks}, or null where nothing in it is ours. changes: {field: what would be sent}. */
function compare(found) {
  const ours = Object.keys(NAMES).concat("ssid_hex");
  const known = Object.keys(found).filter((name) => ours.indexOf(name) >= 0);
  if (!known.length) return null;
  const result = { changes: {}, unchanged: [], unusable: [], asks: [] };
  result.unknown = Object.keys(found).filter((name) => known.indexOf(name) < 0 && NOT_SETTINGS.indexOf(name) < 0);
  for (const name of known) {
    if (name === "ssid" && found.ssid_hex) continue;
    if (SECRETS.indexOf(name) >= 0 && found[name] === "") continue; // none in it
    if (name === "country" && !found[name]) continue; // no wish
    const value = usable(name, found[name]);
    if (value === null) result.unusable.push(name === "ssid_hex" ? "ssid" : name);
    else if (value === nowText(name)) result.unchanged.push(name === "ssid_hex" ? "ssid" : name);
    else result.changes[name] = value;
  }
  const moves = result.changes.ssid !== undefined || result.changes.ssid_hex !== undefined;
  if (moves && result.changes.password === undefined) result.asks.push("password");
  if (moves && current.static) result.changes.static = null; // it was an address in the other network
  const opens = result.changes.https === "no" || (moves && nowText("https") === "no");
  if (opens && result.changes.api_key === undefined) result.asks.push("api_key");
  return result;
}

function nowText(name) {
  if (SECRETS.indexOf(name) >= 0) return null; // nobody can see whether it is the same
  if (name === "https") return current.https ? "yes" : "no";
  if (name === "ssid" && current.ssid_hex) return null;
  return String(current[name]);
}

function readable(name, value) {
  if (name === "https") return word("settings.https_" + value);
  if (name === "interval_s") return intervalText(Number(value));
  if (name === "units") return "°" + value;
  if (name === "pin") return pinText(Number(value));
  if (name === "sensor") return value === "auto" ? word("settings.sensor_auto") : value.toUpperCase();
  if (NUMBERS[name]) return Number(value).toLocaleString(language, { maximumFractionDigits: 3 });
  return value;
}

async function chooseFile() {
  const file = element("file").files[0];
  closeFile();
  if (!file) return;
  if (file.size > LARGEST_FILE_BYTES) fileProblem = "large";
  else {
    const found = await bytesOf(file).then((bytes) => objectIn(decoded(bytes)), () => undefined);
    comparison = found ? compare(found) : null;
    if (found === undefined) fileProblem = "unreadable";
    else if (!comparison) fileProblem = "foreign";
  }
  element("file").value = ""; // so that the same file can be chosen again
  showFile();
  if (comparison) element("difference").focus();
}

function closeFile() {
  comparison = null;
  fileProblem = "";
  element("file-asks").textContent = "";
  showFile();
}

function showFile() {
  element("file-problem").hidden = !fileProblem;
  say(element("file-problem"), fileProblem ? word("file." + fileProblem) : "");
  element("difference").hidden = !comparison;
  if (!comparison) return;
  const { changes, unchanged, unusable, unknown } = comparison;
  const hasChanges = Object.keys(changes).length > 0;
  const nothing = unusable.length && !unchanged.length ? "nothing_usable" : "same";
  say(element("file-title"), word("file." + (hasChanges ? "changes" : nothing)));
  element("file-table").hidden = element("file-use").hidden = !hasChanges;
  element("file-rows").textContent = "";
  for (const name of Object.keys(changes)) showChange(name, changes[name]);
  const list = (names) => names.join(", ");
  say(element("file-unchanged"), hasChanges && unchanged.length ? word("file.unchanged", { names: list(unchanged.map(nameText)) }) : "");
  say(element("file-unusable"), unusable.length ? word("file.unusable", { names: list(unusable.map(nameText)) }) : "");
  say(element("file-unknown"), unknown.length ? word("file.unknown", { names: list(unknown) }) : "");
  if (!element("file-asks").firstChild) for (const name of comparison.asks) askFor(name);
}

function showChange(name, value) {
  const row = append(element("file-rows"), "tr");
  const isSecret = SECRETS.indexOf(name) >= 0;
  const now = isSecret ? word(current["has_" + name] ? "file.secret_now" : "file.secret_none") : name === "ssid_hex" ? current.ssid : name === "static" ? current.static.address : readable(name, nowText(name));
  append(row, "th", nameText(name === "ssid_hex" ? "ssid" : name), { scope: "row" });
  append(append(row, "td"), "del", now);
  append(append(row, "td"), "ins", isSecret ? word("file.secret_then") : name === "static" ? "–" : readable(name, value));
}

/** A secret that the file does not bring and that does not follow to where it would go now. */
function askFor(name) {
  const field = append(element("file-asks"), "div", "", { className: "field" });
  const id = "file-" + name;
  const isKey = name === "api_key";
  const ssid = comparison.changes.ssid || comparison.changes.ssid_hex;
  append(field, "label", isKey ? word("settings.api_key") : word("file.network_password", { ssid }), { htmlFor: id });
  append(field, "input", "", { id, type: isKey ? "text" : "password", autocomplete: isKey ? "off" : "new-password", spellcheck: false }).setAttribute("aria-describedby", id + "-hint");
  append(field, "p", word(isKey ? "file.key_hint" : "file.network_password_hint"), { id: id + "-hint", className: "hint" });
}

async function useFile(event) {
  event.preventDefault();
  clear();
  const fields = Object.assign({}, comparison.changes);
  for (const name of comparison.asks) fields[name] = element("file-" + name).value;
  if (fields.api_key === "") delete fields.api_key;
  element("file-use").disabled = true;
  const errors = await send(fields);
  element("file-use").disabled = false;
  if (!errors) {
    if (element("problem").hidden) closeFile();
    return;
  }
  const asked = Object.keys(errors).filter((name) => element("file-" + name));
  const other = Object.keys(errors).filter((name) => asked.indexOf(name) < 0);
  tellProblem(
    word("settings.not_saved"),
    other.map((name) => (NAMES[name] ? `${nameText(name)}: ${fieldError(name, errors[name])}` : code(errors[name]).join(" "))).join(" "),
  );
  for (const name of asked) mark(element("file-" + name), name, errors[name]);
  if (asked.length) element("file-" + asked[0]).focus();
}

makeDifference();
element("file").addEventListener("change", chooseFile);
element("file-cancel").addEventListener("click", closeFile);
element("difference").addEventListener("submit", useFile);
document.addEventListener("words", showFile);
