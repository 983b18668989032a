// What stands round the values: what is wrong, comfort, what became of the readings, the device.

const CHANNELS = "https://thingspeak.mathworks.com/channels/";
const OUTAGES = ["wifi_lost", "no_internet", "thingspeak_busy", "thingspeak_error", "clock_unknown", "memory"]; // these pass by themselves
const YEARLY_MESSAGES = 3000000; // ThingSpeak's free licence, for all channels of an account together

const counted = (key, n) => word(key + (n === 1 ? "_one" : "_many"), { n: number(n) });

function showDetails() {
  if (!latest || !hasWords()) return;
  showProblem();
  showComfort();
  showUpload();
  showDevice();
  element("below").hidden = false;
}

// --- What is wrong ---

function showProblem() {
  const { problem } = latest;
  const passes = OUTAGES.indexOf(problem) >= 0;
  for (const [id, shown] of [["problem", problem && !passes], ["outage", problem && passes]]) {
    const box = element(id);
    const [sentence, advice] = shown ? code(problem) : ["", ""]; // these words come a moment later than the others
    box.hidden = !sentence;
    say(box.querySelector("b"), sentence);
    say(box.querySelector("span"), advice);
  }
  element("to-setup").hidden = problem !== "wifi_lost";
  element("not-set-up").hidden = latest.mode !== "setup" || problem === "wifi_lost";
}

// --- Comfort: what temperature and humidity mean together ---

function showComfort() {
  const { temperature_c: celsius, humidity_pct: percent } = latest;
  say(element("comfort"), isKnown() ? word("readings.comfort_" + comfortWord(celsius, percent, latest.dew_point_c)) : "–");
  say(element("feels"), temperature(isKnown() ? heatIndex(celsius, percent) : null, unit()));
}

/** How hot this air feels in the shade, in °C.
 *
 * The regression of Rothfusz with both adjustments, as the US National Weather Service computes it
 * (https://www.wpc.ncep.noaa.gov/html/heatindex_equation.shtml): below 80 °F the simple formula of Steadman, averaged with the air
 * temperature. Below 40 °F, where there is no heat to feel, the air temperature itself.
 */
function heatIndex(celsius, h) {
  const t = celsius * 1.8 + 32;
  if (t < 40) return celsius;
  let index = ((t + 61 + (t - 68) * 1.2 + h * 0.094) / 2 + t) / 2;
  if (index >= 80) {
    index = -42.379 + 2.04901523 * t + 10.14333127 * h - 0.22475541 * t * h - 0.00683783 * t * t - 0.05481717 * h * h
      + 0.00122874 * t * t * h + 0.00085282 * t * h * h - 0.00000199 * t * t * h * h;
    if (h < 13 && t >= 80 && t <= 112) index -= ((13 - h) / 4) * Math.sqrt((17 - Math.abs(t - 95)) / 17);
    else if (h > 85 && t >= 80 && t <= 87) index += (((h - 85) / 10) * (87 - t)) / 5;
  }
  return (index - 32) / 1.8;
}

/** One word: by temperature first, then by dew point (muggy from 18 °C), then by humidity (30 to 60 % is what homes want). */
function comfortWord(celsius, percent, dew) {
  if (celsius < 10) return "cold";
  if (celsius < 18) return "cool";
  if (isNumber(dew) && dew >= 18) return dew >= 24 ? "oppressive" : "muggy";
  if (celsius > 32) return "hot";
  if (celsius > 26) return "warm";
  if (percent < 30) return "dry";
  return percent > 60 ? "humid" : "comfortable";
}

// --- What became of the readings ---

function showUpload() {
  const { upload } = latest;
  const said = upload.problem && upload.problem !== latest.problem;
  say(element("upload"), said ? code(upload.problem).join(" ") : word("readings.upload_" + uploadWord(upload)));
  say(element("entry"), entryText(upload));
  say(element("waiting"), upload.waiting ? counted("readings.readings", upload.waiting) : word("readings.waiting_none"));
  element("dropped").hidden = !upload.dropped;
  if (upload.dropped) say(element("dropped"), counted("readings.dropped", upload.dropped));
  say(element("plan"), planText());
  const channel = upload.channel_url || (upload.channel_id ? CHANNELS + upload.channel_id : "");
  element("channel").hidden = !/^https?:/.test(channel);
  if (!element("channel").hidden) element("channel").href = channel;
}

function uploadWord({ state, problem, waiting }) {
  if (state === "ok" && !waiting) return "ok";
  return waiting > 1 || problem ? "later" : "next";
}

function entryText({ last_entry_id: id, last_time: time }) {
  if (!id && !time) return word("readings.entry_none"); // for many readings at once ThingSpeak tells no number
  const parts = id ? [id] : [];
  if (time) parts.push(moment(isNumber(time) ? time : Date.parse(time) / 1000));
  return parts.join(", ");
}

/** A moment by this browser's clock: its time, with the day unless it is today. */
function moment(unix_s) {
  const time = new Date(unix_s * 1000);
  const is_today = time.toDateString() === new Date().toDateString();
  const day = is_today ? {} : { day: "numeric", month: "short" };
  return time.toLocaleString(language, Object.assign({ hour: "2-digit", minute: "2-digit" }, day));
}

function planText() {
  if (!latest.settings) return "–";
  const percent = (100 * 365 * DAY_S) / (latest.settings.interval_s * YEARLY_MESSAGES);
  return percent < 1 ? word("readings.plan_little") : word("readings.plan_uses", { percent: number(percent) });
}

// --- The device ---

function showDevice() {
  const { device, sensor } = latest;
  const wifi = device.ssid && isNumber(device.rssi_dbm) ? `${device.ssid}, ${device.rssi_dbm} dBm` : device.ssid;
  say(element("wifi"), wifi || word("readings.wifi_away"));
  say(element("address"), device.address || "–");
  say(element("uptime"), duration(device.uptime_s));
  say(element("sensor"), sensor.type ? sensor.type.toUpperCase() : "–");
  say(element("reads"), word("readings.reads_of", { reads: counted("readings.readings", sensor.reads), failed: number(sensor.failures + sensor.rejected) }));
  say(element("version"), "Dewlog " + device.version);
}

whenShown.push(showDetails);
showDetails();
