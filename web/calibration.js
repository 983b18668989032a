// Calibration: what Dewlog showed beside what a reference showed. One pair gives the correction, two the factor, too.

const QUANTITIES = {
  temperature: { member: "temperature_c", offset: "temperature_offset_c", text: temperature, apart: 5 },
  humidity: { member: "humidity_pct", offset: "humidity_offset_pct", text: humidity, apart: 10 },
};

let now = {}; // GET /api/readings

function makeCalibration() {
  const part = element("calibration");
  appendWord(part, "summary", "settings.calibrate");
  appendWord(part, "p", "settings.calibrate_hint", { className: "hint" });
  const list = makeField(part, "select", "quantity", "settings.quantity");
  for (const value of Object.keys(QUANTITIES)) append(list, "option", "", { value });
  append(list.parentNode, "p", "", { id: "measured", className: "hint" }).setAttribute("role", "status");
  const pairs = append(part, "div", "", { id: "pairs", className: "buttons" });
  for (const n of [1, 2]) {
    makeField(pairs, "input", "shown" + n, "", n + ". Dewlog");
    makeField(pairs, "input", "reference" + n, "settings.reference", n + ". ");
  }
  appendWord(pairs, "button", "settings.measure", { className: "quiet", type: "button" }).addEventListener("click", takeNow);
  appendWord(pairs, "button", "settings.work_out", { className: "quiet", type: "button" }).addEventListener("click", workOut);
  append(part, "p", "", { id: "calibrated", className: "hint" }).setAttribute("role", "status");
  for (const name of Object.keys(QUANTITIES)) {
    makeField(part, "input", name + "_slope", `settings.${name}_slope`);
    FIELDS.push(name + "_slope"); // it takes part in the form from now on
    fillField(name + "_slope");
  }
  part.addEventListener("toggle", lookNow);
  element("form").addEventListener("input", showNow);
  for (const select of [list, element("units")]) select.addEventListener("change", emptyPairs);
}

/** What is chosen: {slope, offset: the fields, unit, ...}. */
function calibrated() {
  const name = element("quantity").value;
  return Object.assign({ slope: name + "_slope", unit: name === "humidity" ? "%" : element("units").value }, QUANTITIES[name]);
}

async function lookNow() {
  try {
    now = (await ask("/api/readings")).document || {};
  } catch {
    now = {};
  }
  showNow();
}

/** What is measured now, and what would be made of it by what stands in the form. */
function showNow() {
  for (const option of all("#quantity option")) say(option, `${word("readings." + option.value)} (${option.value === "humidity" ? "%" : "°" + element("units").value})`);
  const { member, slope, offset, text, unit } = calibrated();
  const raw = now.raw && now.raw[member];
  const value = raw * figureOf(element(slope).value) + figureOf(element(offset).value);
  say(element("measured"), isNumber(raw) ? word("settings.measured_now", { raw: text(raw, unit), value: text(unit === "%" ? Math.min(100, Math.max(0, value)) : value, unit) }) : word("readings.no_reading"));
}

/** Begin again. */
function emptyPairs() {
  for (const input of all("#pairs input")) input.value = "";
  tellCalibrated("");
  showNow();
}

function tellCalibrated(text, field) {
  clear();
  element("calibrated").className = field ? "error" : "hint";
  say(element("calibrated"), text);
  if (!field) return;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

/** What is shown now goes to the first reference that is not there yet. */
async function takeNow() {
  await lookNow();
  const { member, unit } = calibrated();
  const n = element("reference1").value ? 2 : 1;
  if (isNumber(now[member])) element("shown" + n).value = String(Math.round(10 * degrees(now[member], unit)) / 10);
  element((isNumber(now[member]) ? "reference" : "shown") + n).focus();
}

function workOut() {
  const { slope, offset, unit, apart } = calibrated();
  const pairs = [];
  for (const n of [1, 2]) {
    const fields = [element("shown" + n), element("reference" + n)];
    if (n > 1 && !fields[0].value && !fields[1].value) continue;
    const wrong = fields.find((field) => !field.value.trim() || !isNumber(figureOf(field.value)));
    if (wrong) return tellCalibrated(fieldError(offset, wrong.value.trim() ? "not_a_number" : "required"), wrong);
    pairs.push(fields.map((field) => figureOf(field.value)).map((figure) => (unit === "F" ? (figure - 32) / 1.8 : figure)));
  }
  const mean = (index) => pairs.reduce((sum, pair) => sum + pair[index], 0) / pairs.length;
  const found = { slope: current[slope] };
  if (pairs.length > 1) {
    const distance = pairs[1][0] - pairs[0][0];
    if (Math.abs(distance) < apart - 0.01) return tellCalibrated(word("settings.too_close", { apart: unit === "%" ? "10 %" : unit === "F" ? "9 °F" : "5 °C" }), element("shown2"));
    found.slope = Math.round((1000 * current[slope] * (pairs[1][1] - pairs[0][1])) / distance) / 1000;
  }
  const measured = (mean(0) - current[offset]) / current[slope]; // of which that was made which was shown
  found.offset = Math.round(100 * (mean(1) - found.slope * measured)) / 100;
  if (!usable(slope, found.slope) || !usable(offset, found.offset)) return tellCalibrated(fieldError(offset, "out_of_range"), element("reference" + pairs.length));
  element(slope).value = String(found.slope);
  element(offset).value = String(found.offset);
  showNow();
  return tellCalibrated(word("settings.worked_out", { slope: readable(slope, found.slope), offset: `${readable(offset, found.offset)}\u202f${unit === "%" ? "%" : "°C"}` }));
}

document.addEventListener("words", showNow);
makeCalibration();
showNow();
