// The live page: values as they arrive. What needs more comes after the first of them: details.js, chart.js.

const POLL_MS = 5000;
const POLLS = 6; // before it listens again
const FIRST_EVENT_MS = 6000;
const SILENCE_MS = 11000; // the device says something every 10 s
const GONE_MS = 14500; // after so long without a word it is said that the device has gone
const LIVE_S = 30;

let latest = null; // the device's document
let receivedAt = Date.now();
let inTouch = null; // null: nothing is known yet
const whenShown = []; // what details.js and chart.js have to do whenever a reading, the units or the language are new

const unit = () => units(latest && latest.settings ? latest.settings.units : "C");
const isKnown = () => isNumber(latest.temperature_c) && isNumber(latest.humidity_pct);
const hasWords = () => words.readings; // numbers do not wait for them

element("units").addEventListener("click", () => {
  remember("units", unit() === "F" ? "C" : "F");
  show();
});
document.addEventListener("words", show);

// --- The latest reading ---

function receive(reading) {
  latest = reading;
  receivedAt = Date.now();
  inTouch = true;
  show();
  loadRest();
}

function show() {
  const other = unit() === "F" ? "C" : "F";
  say(element("units"), "°" + other);
  if (latest) showValues();
  if (hasWords()) element("units").setAttribute("aria-label", word(other === "F" ? "readings.show_fahrenheit" : "readings.show_celsius"));
  showContact();
  for (const follow of whenShown) follow();
}

function showValues() {
  const { temperature_c: celsius, humidity_pct: percent, name } = latest;
  const known = isKnown();
  document.title = (known ? temperature(celsius, unit()) + " · " : "") + name;
  say(element("name"), name);
  say(element("temperature"), known ? number(degrees(celsius, unit()), 1) : "–");
  say(element("unit"), "°" + unit());
  say(element("humidity"), known ? number(percent, 1) : "–");
  say(element("dew"), temperature(latest.dew_point_c, unit()));
  element("now").dataset.quality = latest.quality;
}

function showContact() {
  if (inTouch === null) return;
  element("gone").hidden = inTouch;
  const waited_s = (Date.now() - receivedAt) / 1000;
  const age_s = latest && isNumber(latest.age_s) ? latest.age_s + waited_s : null;
  const isLive = inTouch && waited_s < LIVE_S && latest.quality === "ok";
  element("contact").dataset.live = isLive ? "yes" : inTouch ? "no" : "lost";
  if (!latest) say(element("seen"), "");
  else if (!hasWords()) return;
  else if (age_s === null) say(element("seen"), word("readings.no_reading"));
  else say(element("seen"), word(isLive ? "readings.live" : "readings.last_seen", { ago: ago(age_s) }));
}

// --- Staying in touch: one stream; where there is none to have, one question at a time ---

/** Ends when the stream does; the answer 503 to a third viewer ends it, too. */
function listen() {
  return new Promise((ended) => {
    const stream = new EventSource("/api/events");
    let silence = 0;
    const end = () => {
      clearTimeout(silence);
      stream.close();
      ended();
    };
    const wait = (milliseconds) => {
      clearTimeout(silence);
      silence = setTimeout(end, milliseconds);
    };
    stream.addEventListener("reading", (event) => {
      const reading = parsed(event.data);
      if (reading) receive(reading);
      wait(SILENCE_MS);
    });
    stream.addEventListener("error", end);
    document.addEventListener("visibilitychange", end, { once: true }); // a hidden page leaves its place to others
    wait(FIRST_EVENT_MS);
  });
}

const patience_ms = (silent_ms) => (inTouch === false ? 9000 : Math.max(GONE_MS - silent_ms, 3500));

async function poll() {
  try {
    const answer = await ask("/api/readings", { tries: 1, patience_ms: patience_ms(Date.now() - receivedAt) });
    if (answer.ok && answer.document) receive(answer.document);
  } catch {
    inTouch = false;
    showContact();
  }
}

const visible = () => new Promise((seen) => {
  if (!document.hidden) seen();
  else document.addEventListener("visibilitychange", () => seen(), { once: true });
});

async function keepInTouch() {
  for (;;) {
    await visible();
    await listen();
    for (let n = 0; n < POLLS && !document.hidden; n += 1) {
      const wasLost = inTouch === false;
      await poll();
      if (wasLost && inTouch) break;
      await pause(POLL_MS);
    }
  }
}

setInterval(showContact, 1000);
show();
keepInTouch();
