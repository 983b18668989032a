// The chart of the live page and what goes with it: the day's extremes, the table, the file of what is shown.

const SVG = "http://www.w3.org/2000/svg";
const TOP = 26; // room for the heading of a panel
const LEFT = 40;
const DAY_IS_OLD_MS = 600000;
const QUANTITIES = [
  { name: "temperature", mean: "temperature_c", low: "temperature_min_c", high: "temperature_max_c", least: 2, text: (celsius) => temperature(celsius, unit()), scale: (celsius) => degrees(celsius, unit()), mark: () => "°" + unit() },
  { name: "humidity", mean: "humidity_pct", low: "humidity_min_pct", high: "humidity_max_pct", least: 5, text: humidity, scale: (percent) => percent, mark: () => "%" },
];
const TABS = all("#history .tabs button");
const box = element("chart");

let past = null; // the device's document of the shown span; never of another one
let span = "24h";
let state = "loading"; // or "shown", "failed", "old": shown, but it could not be refreshed
let isChosen = false;
let cursor = null;
let asked = 0;
let place = null; // where things are in the drawing: x of an index, and each panel's y of a value

// --- History ---

async function askHistory(of) {
  const answer = await ask("/api/history?span=" + of);
  if (!answer.ok || !answer.document || !Array.isArray(answer.document.temperature_c)) throw new Error("no history");
  return answer.document;
}

async function loadHistory() {
  const mine = asked += 1;
  let loaded = null;
  try {
    loaded = await askHistory(span);
  } catch {
    // Said below.
  }
  if (mine !== asked) return;
  state = loaded ? "shown" : past ? "old" : "failed";
  if (loaded) past = loaded;
  if (loaded && span === "24h") takeDay(loaded);
  if (!isChosen && span === "24h" && past && isYoung()) choose("1h");
  else showHistory();
}

function choose(wanted) {
  span = wanted;
  past = cursor = null;
  state = "loading";
  for (const tab of TABS) tab.setAttribute("aria-pressed", String(tab.value === span));
  showHistory();
  loadHistory();
}

async function keepHistory() {
  for (;;) {
    await visible();
    await loadHistory();
    if (Date.now() - dayTakenAt > DAY_IS_OLD_MS) await askHistory("24h").then(takeDay, () => null);
    const isThere = past && lastIndex() !== null; // a new device has its first reading in a moment
    await pause((isThere ? Math.max(60, past.step_s) : 10) * 1000);
  }
}

for (const tab of TABS) {
  tab.addEventListener("click", () => {
    isChosen = true;
    choose(tab.value);
  });
}
element("again").addEventListener("click", () => choose(span));

const count = () => past.temperature_c.length;
const isThere = (index) => isNumber(past.temperature_c[index]);
// Without a clock the device counts back from now: such times are seconds before this moment.
const startMs = (of) => (of.start === null ? Date.now() - of.temperature_c.length * of.step_s * 1000 : Date.parse(of.start));
const middleMs = (index) => startMs(past) + (index + 0.5) * past.step_s * 1000;

/** Whether the device has readings of an hour at most. */
function isYoung() {
  const first = past.temperature_c.findIndex(isNumber);
  return first > (count() * 23) / 24;
}

function lastIndex() {
  for (let index = count() - 1; index >= 0; index -= 1) if (isThere(index)) return index;
  return null;
}

function momentText(index) {
  const ms = middleMs(index);
  if (past.start === null) return ago((Date.now() - ms) / 1000);
  const day = span === "1h" || span === "24h" ? { weekday: "short" } : { weekday: "short", day: "numeric", month: "short" };
  return new Date(ms).toLocaleString(language, Object.assign({ hour: "2-digit", minute: "2-digit" }, day));
}

// --- Minimum and maximum of the day, in this browser's time zone ---

let day = {}; // {temperature: [lowest, highest], humidity: ...}
let dayName = "";
let dayTakenAt = 0;

function today() {
  const name = new Date().toDateString();
  if (name !== dayName) day = {};
  dayName = name;
  return day;
}

function takeDay(loaded) {
  dayTakenAt = Date.now();
  const midnight = new Date().setHours(0, 0, 0, 0);
  const start = startMs(loaded);
  for (let index = 0; index < loaded.temperature_c.length; index += 1) {
    if (start + index * loaded.step_s * 1000 < midnight) continue;
    for (const { name, mean, low, high } of QUANTITIES) stretch(name, (loaded[low] || loaded[mean])[index], (loaded[high] || loaded[mean])[index]);
  }
  showDay();
}

function stretch(name, low, high) {
  if (!isNumber(low) || !isNumber(high)) return;
  const [least, most] = today()[name] || [low, high];
  day[name] = [Math.min(least, low), Math.max(most, high)];
}

function showDay() {
  if (latest && latest.quality === "ok") for (const { name, mean } of QUANTITIES) stretch(name, latest[mean], latest[mean]);
  for (const { name, scale } of QUANTITIES) {
    const pair = dayTakenAt && today()[name];
    say(element(name + "-day"), pair ? word("readings.today", { low: number(scale(pair[0]), 1), high: number(scale(pair[1]), 1) }) : "");
  }
}

// --- What is said about a span ---

function showHistory() {
  if (!hasWords()) return;
  element("history").hidden = false;
  const isEmpty = !past || lastIndex() === null;
  for (const part of [box, element("readout"), element("table")]) part.hidden = isEmpty;
  element("again").hidden = state !== "failed" && state !== "old";
  element("history").setAttribute("aria-busy", String(state === "loading"));
  say(element("summary"), summaryText(isEmpty));
  showFile(isEmpty);
  if (isEmpty) place = null;
  else draw();
  if (element("table").open) fillTable();
}

function summaryText(isEmpty) {
  const during = word("readings.in_" + span);
  if (state === "loading") return word("readings.loading");
  if (state === "failed") return word("readings.failed", { span: during });
  if (isEmpty) return word("readings.nothing", { span: during });
  const said = {};
  for (const { name, mean, low, high, text } of QUANTITIES) {
    const present = past[mean].filter(isNumber);
    const [least, most] = extremes(low, high, mean);
    said[name] = word("readings.range", {
      mean: text(present.reduce((sum, value) => sum + value, 0) / present.length),
      low: text(least),
      high: text(most),
    });
  }
  const gaps = pieces(past.temperature_c).length - 1;
  return [
    word("readings.summary", { span: during, temperature: said.temperature, humidity: said.humidity }),
    gaps > 0 ? counted("readings.gaps", gaps) : "",
    state === "old" ? word("readings.refresh_failed") : "",
  ].filter(Boolean).join(" ");
}

/** The lowest and the highest reading of the shown span, not of its averages. */
function extremes(low, high, mean) {
  const lows = (past[low] || past[mean]).filter(isNumber);
  const highs = (past[high] || past[mean]).filter(isNumber);
  return [Math.min.apply(null, lows), Math.max.apply(null, highs)];
}

function showFile(isEmpty) {
  const file = element("csv-span");
  file.hidden = isEmpty || past.start === null;
  if (file.hidden) return;
  const text = (ms) => new Date(ms).toISOString().slice(0, 19) + "Z";
  file.href = `/readings.csv?from=${text(startMs(past))}&to=${text(startMs(past) + count() * past.step_s * 1000)}`;
}

function fillTable() {
  const rows = element("rows");
  rows.textContent = "";
  if (!past) return;
  const group = Math.ceil(count() / 24);
  for (let first = Math.floor((count() - 1) / group) * group; first >= 0; first -= group) {
    const row = append(rows, "tr");
    append(row, "th", momentText(first), { scope: "row" });
    for (const { mean, low, high, text } of QUANTITIES) {
      const part = (key) => (past[key] || past[mean]).slice(first, first + group).filter(isNumber);
      const means = part(mean);
      const range = { low: text(Math.min.apply(null, part(low))), high: text(Math.max.apply(null, part(high))) };
      range.mean = text(means.reduce((sum, value) => sum + value, 0) / means.length);
      append(row, "td", means.length ? word("readings.range", range) : "–");
    }
  }
}

element("table").addEventListener("toggle", fillTable);

// --- The drawing ---

function svgElement(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  for (const key of Object.keys(attributes)) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function niceStep(range, most) {
  const rough = range / most;
  const power = Math.pow(10, Math.floor(Math.log10(rough)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

/** Ticks of the time axis: [milliseconds, label], at round moments of this time zone. */
function timeTicks(from, to, width) {
  const most = Math.max(3, Math.floor(width / 60));
  if (past.start === null) {
    const [size, key, every] = { "1h": [60, "minutes", 15], "24h": [3600, "hours", 6], "7d": [86400, "days", 2], "30d": [86400, "days", 7] }[span];
    const back = [1, 2, 3, 4].map((step) => [to - step * every * size * 1000, "−" + word("shared." + key, { n: step * every })]);
    return back.filter(([ms]) => ms >= from);
  }
  const minutes = (to - from) / 60000 / most;
  const step = to - from < 172800000 ? [5, 10, 15, 30, 60, 120, 180, 240, 360, 720].find((size) => size >= minutes) : 0;
  const ticks = [];
  const time = new Date(from);
  time.setHours(0, 0, 0, 0);
  if (step) {
    for (; time.getTime() <= to; time.setMinutes(time.getMinutes() + step)) {
      ticks.push([time.getTime(), time.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" })]);
    }
  } else {
    const days = Math.ceil(minutes / 1440);
    const style = span === "7d" ? { weekday: "short" } : { day: "numeric", month: "short" };
    for (; time.getTime() <= to; time.setDate(time.getDate() + days)) ticks.push([time.getTime(), time.toLocaleDateString(language, style)]);
  }
  return ticks.filter(([ms]) => ms >= from);
}

function draw() {
  const width = Math.max(260, box.clientWidth);
  const height = Math.max(200, box.clientHeight);
  const right = width - 14;
  const from = startMs(past);
  const to = from + count() * past.step_s * 1000;
  const x = (ms) => LEFT + ((ms - from) / (to - from)) * (right - LEFT);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true");
  const bottom = height - 22;
  const middle = Math.round(bottom * 0.58);
  for (const [ms, label] of timeTicks(from, to, right - LEFT)) {
    svgElement("path", { class: "grid", d: `M${x(ms)} ${TOP}V${bottom}` }, svg);
    svgElement("text", { x: x(ms), y: height - 5, "text-anchor": "middle" }, svg, label);
  }
  place = { svg, right, bottom, x: (index) => x(middleMs(index)), marks: null };
  place.panels = [[TOP, middle - 14], [middle + TOP, bottom]].map(([top, low], n) => panel(QUANTITIES[n], top, low));
  box.textContent = "";
  box.append(svg);
  box.setAttribute("aria-valuemax", count() - 1);
  point(cursor === null ? null : Math.min(cursor, count() - 1));
}

function panel(quantity, top, bottom) {
  const { name, mean, low, high, scale } = quantity;
  const ends = extremes(low, high, mean).map(scale);
  const spare = Math.max(0, quantity.least - (ends[1] - ends[0])) / 2;
  const step = niceStep(ends[1] - ends[0] + 2 * spare, Math.max(2, Math.floor((bottom - top) / 34)));
  const least = Math.floor((ends[0] - spare) / step) * step;
  const most = Math.ceil((ends[1] + spare) / step) * step;
  const y = (value) => bottom - ((scale(value) - least) / (most - least)) * (bottom - top);
  const group = svgElement("g", { class: name }, place.svg);
  svgElement("text", { class: "label", x: LEFT, y: top - 13 }, group, `${word("readings." + name)} ${quantity.mark()}`);
  for (let tick = least; tick <= most + step / 2; tick += step) {
    const across = bottom - ((tick - least) / (most - least)) * (bottom - top);
    svgElement("path", { class: "grid", d: `M${LEFT} ${across}H${place.right}` }, group);
    svgElement("text", { x: LEFT - 6, y: across + 4, "text-anchor": "end" }, group, number(tick, step < 1 ? 1 : 0));
  }
  const along = (key) => (index) => `${place.x(index).toFixed(1)} ${y((past[key] || past[mean])[index]).toFixed(1)}`;
  for (const piece of pieces(past[mean])) {
    const band = piece.map(along(high)).concat(piece.slice().reverse().map(along(low)));
    svgElement("path", { class: "band", d: `M${band.join("L")}Z` }, group);
    const line = piece.map(along(mean));
    svgElement("path", { class: line.length > 1 ? "line" : "line dot", d: `M${line.join("L")}h0` }, group);
  }
  return { group, values: past[mean], y: (index) => y(past[mean][index]) };
}

/** Runs of indexes with a value: what lies between two runs is drawn as a gap. */
function pieces(values) {
  const runs = [];
  values.forEach((value, index) => {
    if (!isNumber(value)) return;
    if (index && isNumber(values[index - 1])) runs[runs.length - 1].push(index);
    else runs.push([index]);
  });
  return runs;
}

// --- The cursor: finger, mouse or arrow keys ---

function point(index) {
  if (!past || !place) return;
  cursor = index;
  if (place.marks) place.marks.remove();
  const shown = index === null ? lastIndex() : index;
  const texts = QUANTITIES.map(({ mean, text }) => text(past[mean][shown]));
  const readout = element("readout");
  readout.textContent = momentText(shown);
  for (const text of texts) {
    readout.append("\u2003");
    append(readout, "b", text);
  }
  box.setAttribute("aria-valuenow", shown);
  box.setAttribute("aria-valuetext", `${momentText(shown)}: ${isThere(shown) ? texts.join(", ") : word("readings.no_reading")}`);
  if (index === null) return;
  place.marks = svgElement("g", {}, place.svg);
  svgElement("path", { class: "cursor", d: `M${place.x(index)} ${TOP}V${place.bottom}` }, place.marks);
  place.panels.forEach(({ values, y }, n) => {
    if (isNumber(values[index])) svgElement("circle", { class: QUANTITIES[n].name, cx: place.x(index), cy: y(index), r: 5 }, place.marks);
  });
}

function pointAt(event) {
  if (!past || !place) return;
  const across = event.clientX - box.getBoundingClientRect().left;
  const part = (across - LEFT) / (place.right - LEFT);
  point(Math.max(0, Math.min(count() - 1, Math.floor(part * count()))));
}

box.addEventListener("pointermove", pointAt);
box.addEventListener("pointerdown", pointAt);
box.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") point(null); });
box.addEventListener("keydown", (event) => {
  if (!past || !place) return;
  const here = cursor === null ? lastIndex() : cursor;
  const big = Math.max(1, Math.round(count() / 12));
  const target = {
    ArrowLeft: here - 1, ArrowDown: here - 1, ArrowRight: here + 1, ArrowUp: here + 1, PageDown: here - big, PageUp: here + big, Home: 0, End: count() - 1,
  }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  point(Math.max(0, Math.min(count() - 1, target)));
});

let drawnFor = "";

whenShown.push(() => {
  showDay();
  const looks = unit() + language;
  if (looks !== drawnFor && hasWords()) showHistory();
  if (hasWords()) drawnFor = looks;
});
window.addEventListener("resize", () => { if (place) draw(); });
showHistory();
keepHistory();
