// The live page: values as they arrive, and the chart.

const POLL_MS = 5000;
const POLLS_BEFORE_LISTENING_AGAIN = 6;
const SILENCE_MS = 45000; // a stream this quiet is dead, whatever the browser believes
const LIVE_S = 30;
const CHANNELS = "https://thingspeak.mathworks.com/channels/";
const YEARLY_MESSAGES = 3000000; // ThingSpeak's free licence, for all channels of an account together

const main = document.querySelector("main");
const at = (id) => document.getElementById(id);
const say = (id, text) => { if (at(id).textContent !== text) at(id).textContent = text; };
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// ---- Units: the device's setting, unless this browser chose another ----

let units = main.dataset.units;
try { units = localStorage.getItem("units") || units; } catch { /* storage is switched off */ }

const degrees = (celsius) => (units === "F" ? celsius * 1.8 + 32 : celsius);
const one = (value, mark) => (value === null || value === undefined ? "–" : value.toFixed(1) + mark);
const temperatureText = (celsius) => one(celsius === null || celsius === undefined ? null : degrees(celsius), "\u202f°" + units);
const humidityText = (percent) => one(percent, "\u202f%");

at("units").addEventListener("click", () => {
  units = units === "F" ? "C" : "F";
  try { localStorage.setItem("units", units); } catch { /* lasts until the page is closed */ }
  showUnits();
});

function showUnits() {
  const other = units === "F" ? "C" : "F";
  at("units").hidden = false;
  say("units", "°" + other);
  at("units").setAttribute("aria-label", "Show degrees " + (other === "F" ? "Fahrenheit" : "Celsius"));
  if (latest) show();
  if (history) draw();
}

// ---- The latest reading ----

let latest = null;
let receivedAt = 0;
let inTouch = false;

function receive(document) {
  latest = document;
  receivedAt = Date.now();
  inTouch = true;
  noteExtremes();
  show();
}

function show() {
  const { name, upload, device, quality } = latest;
  const known = latest.temperature_c !== null;
  document.title = (known ? temperatureText(latest.temperature_c) + " · " : "") + name;
  say("name", name);
  say("temperature", known ? degrees(latest.temperature_c).toFixed(1) : "–");
  say("unit", "°" + units);
  say("humidity", one(latest.humidity_pct, ""));
  say("comfort", latest.comfort || "–");
  say("dew", temperatureText(latest.dew_point_c));
  say("feels", temperatureText(latest.heat_index_c));
  at("now").dataset.quality = quality;
  say("problem", latest.problem || "");
  at("problem").hidden = !latest.problem;
  say("upload", uploadText(upload, latest.problem));
  say("entry", upload.last_entry_id === null ? "none yet" : `${upload.last_entry_id}${upload.last_time ? ", " + timeText(upload.last_time) : ""}`);
  const lost = upload.dropped ? `; ${upload.dropped} never got there: no room was left, or ThingSpeak refused them` : "";
  say("waiting", (upload.waiting ? `${upload.waiting} reading${upload.waiting === 1 ? "" : "s"}` : "none") + lost);
  at("channel").hidden = !upload.channel_id;
  if (upload.channel_id) at("channel").href = CHANNELS + upload.channel_id;
  say("budget", budgetText());
  say("wifi", device.ssid === null ? "–" : `${device.ssid}${device.rssi_dbm === null ? "" : `, ${device.rssi_dbm} dBm`}`);
  say("address", device.address || "–");
  say("uptime", spanText(device.uptime_s));
  say("sensor", `${latest.sensor.reads} reads, ${latest.sensor.failures + latest.sensor.rejected} failed`);
  say("version", `Dewlog ${device.version} · `);
  at("below").hidden = false;
  showExtremes();
  showContact();
}

function budgetText() {
  const interval = Number(main.dataset.interval);
  const percent = (100 * 365 * 86400) / (interval * YEARLY_MESSAGES);
  return `${percent < 1 ? "under 1" : Math.round(percent)} %, lasts ${Math.floor((YEARLY_MESSAGES * interval) / 86400)} days`;
}

function uploadText({ state, problem, waiting }, saidOnTop) {
  if (problem && problem !== saidOnTop) return problem;
  if (state === "ok") return "Every reading is in the channel.";
  return waiting > 1 || problem ? "Readings are kept on the device and follow as soon as they can." : "The next reading goes up shortly.";
}

function showContact() {
  if (!latest) return;
  const waited = (Date.now() - receivedAt) / 1000;
  const age = latest.age_s === null ? null : Math.round(latest.age_s + waited);
  const live = inTouch && waited < LIVE_S && latest.quality === "ok";
  at("contact").dataset.live = live ? "yes" : inTouch ? "no" : "lost";
  const seen = age === null ? "No reading yet" : (live ? "Live, measured " : "Last seen ") + spanText(age) + " ago";
  say("seen", inTouch ? seen : `${seen}. Dewlog does not answer; trying again.`);
}

function spanText(seconds) {
  for (const [size, word] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
    const count = Math.floor(seconds / size);
    if (count >= 2 || (count === 1 && size < 86400)) return `${count} ${word}${count === 1 ? "" : "s"}`;
  }
  return `${Math.max(0, Math.round(seconds))} s`;
}

function timeText(iso) {
  const time = new Date(iso);
  const today = time.toDateString() === new Date().toDateString();
  return time.toLocaleString([], { hour: "2-digit", minute: "2-digit", ...(today ? {} : { day: "numeric", month: "short" }) });
}

// ---- Staying in touch: one stream; where there is none to have, one question at a time ----

function listen() {
  return new Promise((ended) => {
    const stream = new EventSource("/api/events");
    let silence;
    const end = () => { clearTimeout(silence); stream.close(); document.removeEventListener("visibilitychange", end); ended(); };
    const wait = () => { clearTimeout(silence); silence = setTimeout(end, SILENCE_MS); };
    stream.addEventListener("reading", (event) => { receive(JSON.parse(event.data)); wait(); });
    stream.addEventListener("error", end); // also the answer 503 to a third viewer
    document.addEventListener("visibilitychange", end); // a hidden page leaves its place to others
    wait();
  });
}

async function ask(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(20000) });
  if (!answer.ok) throw new Error(url + " " + answer.status);
  return answer.json();
}

async function poll() {
  try {
    receive(await ask("/api/readings"));
  } catch {
    inTouch = false;
    showContact();
  }
}

const visible = () => new Promise((seen) => {
  if (!document.hidden) seen();
  else document.addEventListener("visibilitychange", seen, { once: true });
});

async function keepInTouch() {
  for (;;) {
    await visible();
    await listen();
    for (let n = 0; n < POLLS_BEFORE_LISTENING_AGAIN && !document.hidden; n += 1) {
      await poll();
      await pause(POLL_MS);
    }
  }
}

// ---- Minimum and maximum of the day, in this browser's time zone ----

let extremes = null;
let extremesDay = "";

const midnight = () => new Date().setHours(0, 0, 0, 0);

function noteExtremes() {
  if (!extremes || latest.quality !== "ok") return;
  if (extremesDay !== new Date().toDateString()) extremes = { temperature_c: null, humidity_pct: null };
  extremesDay = new Date().toDateString();
  for (const quantity of ["temperature_c", "humidity_pct"]) {
    const value = latest[quantity];
    const [low, high] = extremes[quantity] || [value, value];
    extremes[quantity] = [Math.min(low, value), Math.max(high, value)];
  }
}

function showExtremes() {
  if (!extremes) return;
  for (const { key, name, of } of QUANTITIES) {
    const pair = extremes[key];
    say(name + "-day", pair ? `${of(pair[0]).toFixed(1)} to ${of(pair[1]).toFixed(1)} today` : "");
  }
}

// ---- History ----

const SVG = "http://www.w3.org/2000/svg";
const TOP = 26; // room for the heading of a panel
const SPAN_WORDS = { "1h": "the last hour", "24h": "the last 24 hours", "7d": "the last seven days", "30d": "the last 30 days" };
const QUANTITIES = [
  { key: "temperature_c", name: "temperature", label: () => "Temperature °" + units, of: degrees, text: temperatureText, least: 2 },
  { key: "humidity_pct", name: "humidity", label: () => "Humidity %", of: (percent) => percent, text: humidityText, least: 5 },
];

let history = null;
let span = "24h";
let isChosen = false;
let cursor = null;
let request = 0;

async function loadHistory() {
  const mine = request += 1;
  try {
    const loaded = await ask(`/api/history?span=${span}&day=${Math.floor(midnight() / 1000)}`);
    if (mine !== request) return;
    history = loaded;
    if (history.day && (!extremes || span === "24h")) {
      extremes = history.day;
      extremesDay = new Date().toDateString();
      if (latest) { noteExtremes(); showExtremes(); }
    }
    if (!isChosen && firstIndex() > (count() * 23) / 24) {
      document.querySelector("#history [value='1h']").click(); // a new device has an hour at most
      return;
    }
    draw();
  } catch {
    if (mine === request) say("summary", history ? "The chart could not be refreshed; trying again in a minute." : "The history could not be read; trying again in a minute.");
  }
}

async function keepHistory() {
  at("history").hidden = false;
  for (;;) {
    await visible();
    await loadHistory();
    const isEmpty = history && lastIndex() === null; // a new device has its first reading in a moment
    await pause((isEmpty ? 10 : Math.max(60, history ? history.step_s : 0)) * 1000);
  }
}

for (const tab of document.querySelectorAll("#history button")) {
  tab.addEventListener("click", () => {
    span = tab.value;
    isChosen = true;
    for (const other of document.querySelectorAll("#history button")) other.setAttribute("aria-pressed", String(other === tab));
    cursor = null;
    say("summary", "Loading …");
    loadHistory();
  });
}

const count = () => history.temperature_c.length;
const firstIndex = () => history.temperature_c.findIndex((value) => value !== null);
// Without a clock the device counts back from now: such times are seconds before this moment.
const startMs = () => (history.start === null ? Date.now() - count() * history.step_s * 1000 : Date.parse(history.start));
const middleMs = (index) => startMs() + (index + 0.5) * history.step_s * 1000;

function momentText(index) {
  if (history.start === null) return spanText((Date.now() - middleMs(index)) / 1000) + " ago";
  const day = span === "1h" || span === "24h" ? { weekday: "short" } : { weekday: "short", day: "numeric", month: "short" };
  return new Date(middleMs(index)).toLocaleString([], { hour: "2-digit", minute: "2-digit", ...day });
}

function element(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function niceStep(range, most) {
  const rough = range / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

/** Ticks of the time axis: [milliseconds, label], at round moments of this time zone. */
function timeTicks(from, to, width) {
  const most = Math.max(3, Math.floor(width / 60));
  if (history.start === null) {
    const [size, word, every] = { "1h": [60, "min", 15], "24h": [3600, "h", 6], "7d": [86400, "d", 2], "30d": [86400, "d", 7] }[span];
    const back = [1, 2, 3, 4].map((step) => [to - step * every * size * 1000, `−${step * every} ${word}`]);
    return back.filter(([moment]) => moment >= from);
  }
  const minutes = (to - from) / 60000 / most;
  const step = to - from < 172800000 ? [5, 10, 15, 30, 60, 120, 180, 240, 360, 720].find((size) => size >= minutes) : 0;
  const ticks = [];
  const time = new Date(from);
  time.setHours(0, 0, 0, 0);
  if (step) {
    for (; time.getTime() <= to; time.setMinutes(time.getMinutes() + step)) {
      ticks.push([time.getTime(), time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })]);
    }
  } else {
    const days = Math.ceil(minutes / 1440);
    const style = span === "7d" ? { weekday: "short" } : { day: "numeric", month: "short" };
    for (; time.getTime() <= to; time.setDate(time.getDate() + days)) ticks.push([time.getTime(), time.toLocaleDateString([], style)]);
  }
  return ticks.filter(([moment]) => moment >= from);
}

let place = null; // where things are in the drawing: x of an index, and each panel's y of a value

function draw() {
  const box = at("chart");
  const isEmpty = lastIndex() === null;
  for (const part of [box, at("readout"), document.querySelector("#history details")]) part.hidden = isEmpty;
  describe();
  if (isEmpty) return;
  const width = Math.max(260, box.clientWidth);
  const height = Math.max(200, box.clientHeight);
  const left = 40;
  const right = width - 14;
  const from = startMs();
  const to = from + count() * history.step_s * 1000;
  const x = (ms) => left + ((ms - from) / (to - from)) * (right - left);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true");
  const bottom = height - 22;
  const middle = Math.round(bottom * 0.58);
  for (const [ms, label] of timeTicks(from, to, right - left)) {
    const across = x(ms);
    element("path", { class: "grid", d: `M${across} ${TOP}V${bottom}` }, svg);
    element("text", { x: across, y: height - 5, "text-anchor": "middle" }, svg, label);
  }
  const panels = [[TOP, middle - 14], [middle + TOP, bottom]].map(([top, low], n) => panel(svg, QUANTITIES[n], { x, top, low, left, right }));
  place = { svg, panels, left, right, top: TOP, bottom, x: (index) => x(middleMs(index)), marks: null };
  box.replaceChildren(svg);
  box.setAttribute("aria-valuemax", count() - 1);
  point(cursor);
}

function panel(svg, quantity, { x, top, low, left, right }) {
  const values = history[quantity.key];
  const present = values.filter((value) => value !== null).map(quantity.of);
  let least = Math.min(...present);
  let most = Math.max(...present);
  const spare = Math.max(0, quantity.least - (most - least)) / 2;
  const step = niceStep(most - least + 2 * spare, Math.max(2, Math.floor((low - top) / 34)));
  least = Math.floor((least - spare) / step) * step;
  most = Math.ceil((most + spare) / step) * step;
  const y = (value) => low - ((value - least) / (most - least)) * (low - top);
  const group = element("g", { class: quantity.name }, svg);
  element("text", { class: "label", x: left, y: top - 13 }, group, quantity.label());
  for (let tick = least; tick <= most + step / 2; tick += step) {
    element("path", { class: "grid", d: `M${left} ${y(tick)}H${right}` }, group);
    element("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, group, tick.toFixed(step < 1 ? 1 : 0));
  }
  for (const piece of pieces(values)) {
    const line = piece.map((index) => `${x(middleMs(index)).toFixed(1)} ${y(quantity.of(values[index])).toFixed(1)}`);
    element("path", { class: "area", d: `M${x(middleMs(piece[0])).toFixed(1)} ${low}L${line.join("L")}V${low}Z` }, group);
    element("path", { class: line.length > 1 ? "line" : "line dot", d: `M${line.join("L")}h0` }, group);
  }
  return { group, values, y: (index) => y(quantity.of(values[index])) };
}

/** Runs of indexes with a value: what lies between two runs is drawn as a gap. */
function pieces(values) {
  const runs = [];
  values.forEach((value, index) => {
    if (value === null) return;
    if (index && values[index - 1] !== null) runs[runs.length - 1].push(index);
    else runs.push([index]);
  });
  return runs;
}

function describe() {
  const said = QUANTITIES.map(({ key, name, text }) => {
    const present = history[key].filter((value) => value !== null);
    const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
    return present.length ? `${name} ${text(Math.min(...present))} to ${text(Math.max(...present))}, on average ${text(mean)}` : "";
  }).filter(Boolean);
  const gaps = Math.max(0, pieces(history.temperature_c).length - 1);
  const gapText = gaps ? ` ${gaps === 1 ? "One gap" : gaps + " gaps"} without readings.` : "";
  say("summary", said.length ? `In ${SPAN_WORDS[span]}: ${said.join("; ")}.${gapText}` : `No readings in ${SPAN_WORDS[span]} yet.`);
  if (document.querySelector("#history details").open) fillTable();
}

function fillTable() {
  const group = Math.ceil(count() / 24);
  const mean = (values) => {
    const present = values.filter((value) => value !== null);
    return present.length ? present.reduce((sum, value) => sum + value, 0) / present.length : null;
  };
  const rows = [];
  for (let first = 0; first < count(); first += group) {
    const row = document.createElement("tr");
    const cells = QUANTITIES.map(({ key, text }) => text(mean(history[key].slice(first, first + group))));
    for (const text of [momentText(first), ...cells]) row.append(Object.assign(document.createElement("td"), { textContent: text }));
    rows.unshift(row);
  }
  at("rows").replaceChildren(...rows);
}

document.querySelector("#history details").addEventListener("toggle", () => { if (history) fillTable(); });

// ---- The cursor: finger, mouse or arrow keys ----

function point(index) {
  if (!history || !place) return;
  cursor = index;
  if (place.marks) place.marks.remove();
  const shown = index === null ? lastIndex() : index;
  const values = QUANTITIES.map(({ key, text }) => text(history[key][shown]));
  at("readout").replaceChildren(momentText(shown) + "\u2003", bold(values[0]), "\u2003", bold(values[1]));
  at("chart").setAttribute("aria-valuenow", shown);
  at("chart").setAttribute("aria-valuetext", `${momentText(shown)}: ${history.temperature_c[shown] === null ? "no reading" : values.join(", ")}`);
  if (index === null) return;
  place.marks = element("g", {}, place.svg);
  element("path", { class: "cursor", d: `M${place.x(index)} ${place.top}V${place.bottom}` }, place.marks);
  place.panels.forEach(({ values: all, y }, n) => {
    if (all[index] !== null) element("circle", { class: QUANTITIES[n].name, cx: place.x(index), cy: y(index), r: 5 }, place.marks);
  });
}

const bold = (text) => Object.assign(document.createElement("b"), { textContent: text });

function lastIndex() {
  for (let index = count() - 1; index >= 0; index -= 1) if (history.temperature_c[index] !== null) return index;
  return null;
}

function pointAt(event) {
  if (!history || !place) return;
  const across = event.clientX - at("chart").getBoundingClientRect().left;
  const part = (across - place.left) / (place.right - place.left);
  point(Math.max(0, Math.min(count() - 1, Math.floor(part * count()))));
}

at("chart").addEventListener("pointermove", pointAt);
at("chart").addEventListener("pointerdown", pointAt);
at("chart").addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") point(null); });
at("chart").addEventListener("keydown", (event) => {
  if (!history) return;
  const here = cursor === null ? lastIndex() ?? 0 : cursor;
  const big = Math.max(1, Math.round(count() / 12));
  const target = {
    ArrowLeft: here - 1, ArrowDown: here - 1, ArrowRight: here + 1, ArrowUp: here + 1, PageDown: here - big, PageUp: here + big, Home: 0, End: count() - 1,
  }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  point(Math.max(0, Math.min(count() - 1, target)));
});

new ResizeObserver(() => { if (history) draw(); }).observe(at("chart"));
setInterval(showContact, 1000);
showUnits();
keepInTouch();
keepHistory();
