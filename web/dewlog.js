// What every page shares: the words of the person's language, questions to the device.
//
// A page says in its HTML, in English, what a file of web/words/ says in its language under the same key:
//   data-word="setup.title"    the text of the element. {ssid} stands for a value, *this* is bold; in the HTML that is <bdi data-value="ssid"></bdi> and <b>this</b>
//   data-label="setup.show"    its aria-label
// Whatever else a page says it shows again at each "words" event: at the start, and when another language is chosen.

"use strict";

const PATIENCE_MS = 20000; // a question may wait for an upload to end
const BUSY_TRIES = 5;
const BUSY_MS = 3000;
const CODES_LATER_MS = 300;
const RETRY_MS = 1500;

const element = (id) => document.getElementById(id);
const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** A new element at the end of `parent`. Text is only ever text: what comes from outside may look like HTML. */
function append(parent, tag, text = "", properties) {
  const child = document.createElement(tag);
  child.textContent = text;
  parent.append(Object.assign(child, properties));
  return child;
}

/** Change a text only where it differs: screen readers say again what is written again. */
function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// --- What this browser remembers, where it may ---

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Lasts until the page is closed.
  }
}

// --- Words ---

const LANGUAGES = all("link[hreflang]");
const values = {};
let words = {};
let language = "en";
let spoken = "";

/** The first of what the person chose and what the browser speaks that there is a file for. */
function preferredLanguage() {
  const wanted = [remembered("language")].concat(navigator.languages || navigator.language);
  const short = wanted.map((one) => String(one).slice(0, 2).toLowerCase());
  return short.find((one) => LANGUAGES.some((link) => link.hreflang === one)) || "en";
}

function entry(key) {
  return key.split(".").reduce((part, name) => part && part[name], words);
}

/** The text for `key`; {name} in it is filled from `given` and from what was made known. Nothing until the words are there. */
function word(key, given) {
  const text = entry(key);
  if (typeof text !== "string") return words.shared ? key : "";
  return text.replace(/\{(\w+)\}/g, (_, name) => valueOf(name, given)).replace(/\*([^*]+)\*/g, "$1");
}

function valueOf(name, given) {
  const value = given && given[name] !== undefined ? given[name] : values[name];
  return value === undefined || value === null ? "" : String(value);
}

/** What went wrong, for a person: [a sentence that says it, one that helps]; empty until the words are there (see the "words" event). */
function code(name, given) {
  const key = entry("codes." + name) ? "codes." + name : "codes.unexpected";
  return ["0", "1"].map((part) => (words.codes ? word(`${key}.${part}`, Object.assign({ code: name }, given)) : ""));
}

/** What is wrong with the entry in `field`, in one text. */
function fieldError(field, name) {
  const key = `fields.${field}.${name}`;
  return entry(key) ? word(key) : code(name).join(" ").trim();
}

/** Show the text for `key` in `place`; values stand in it by themselves, so that a name written from right to left does not turn the rest round. */
function tell(place, key, given) {
  const text = entry(key);
  if (typeof text !== "string") return;
  if (place.tagName === "TITLE" || !/[{*]/.test(text)) {
    say(place, word(key, given));
    return;
  }
  place.textContent = "";
  for (const part of text.split(/(\{\w+\}|\*[^*]+\*)/)) {
    if (part[0] === "{") {
      const name = part.slice(1, -1);
      append(place, "bdi", valueOf(name, given)).dataset.value = name;
    } else if (part[0] === "*") {
      append(place, "b", part.slice(1, -1));
    } else {
      place.append(part);
    }
  }
}

/** Facts that texts may name, such as the network's name: {ssid: "Home"}. */
function know(facts) {
  Object.assign(values, facts);
  for (const name of Object.keys(facts)) {
    for (const place of all(`[data-value="${name}"]`)) say(place, valueOf(name));
  }
}

/** Say on the page what is in `news`, a file of words. */
function translate(news) {
  document.documentElement.lang = language;
  const isNew = (key) => news[key.split(".")[0]];
  for (const place of all("[data-word]")) if (isNew(place.dataset.word)) tell(place, place.dataset.word);
  for (const place of all("[data-label]")) if (isNew(place.dataset.label)) place.setAttribute("aria-label", word(place.dataset.label));
  document.dispatchEvent(new Event("words"));
}

/** Load the words of `wanted`; until they can be had the page stays as it is. Those for codes come after what the page needs at once. */
async function speak(wanted) {
  spoken = wanted;
  const link = LANGUAGES.find((one) => one.hreflang === wanted);
  const first = link && (await load(link.href, wanted));
  if (!first) return;
  words = first;
  language = wanted;
  translate(words);
  await pause(CODES_LATER_MS);
  const rest = await load(link.dataset.codes, wanted);
  if (!rest) return;
  Object.assign(words, rest);
  translate(rest);
}

/** A file of words, however long it takes; null once another language is wanted. */
async function load(path, wanted) {
  while (wanted === spoken) {
    try {
      const answer = await ask(path, { cache: "default" });
      if (answer.ok && answer.document) return wanted === spoken ? answer.document : null;
    } catch {
      // Out of reach for a moment.
    }
    await pause(RETRY_MS);
  }
  return null;
}

function offerLanguages() {
  const footer = document.querySelector("footer");
  if (!footer || !LANGUAGES.length) return;
  const menu = append(append(footer, "p"), "select", "", { id: "language" });
  menu.dataset.label = "shared.language";
  menu.setAttribute("aria-label", "Language");
  for (const link of LANGUAGES) append(menu, "option", link.title, { value: link.hreflang, lang: link.hreflang });
  menu.value = preferredLanguage();
  menu.addEventListener("change", () => {
    remember("language", menu.value);
    speak(menu.value);
  });
}

// --- Questions to the device ---

/**
 * What the device answers, if need be after a while: {status, ok, document, retry_after_s}; `document` is null where the answer is no JSON. Throws when it is out of reach.
 * options: as for fetch, and `json` (a body), `patience_ms`, `tries` while it is busy.
 */
async function ask(path, options) {
  const wanted = Object.assign({ cache: "no-store", headers: { Accept: "application/json" } }, options);
  if (wanted.json) {
    wanted.method = "POST";
    wanted.headers["Content-Type"] = "application/json";
    wanted.body = JSON.stringify(wanted.json);
  }
  for (let tries = wanted.tries || BUSY_TRIES; ; tries -= 1) {
    const given_up = new AbortController();
    wanted.signal = given_up.signal;
    const timer = setTimeout(() => given_up.abort(), wanted.patience_ms || PATIENCE_MS);
    try {
      const response = await fetch(path, wanted);
      const text = await response.text();
      const retry_after_s = Number(response.headers.get("Retry-After"));
      if (response.status !== 503 || tries <= 1) return { status: response.status, ok: response.ok, document: parsed(text), retry_after_s };
    } finally {
      clearTimeout(timer);
    }
    await pause(BUSY_MS); // it had no room at this moment, and has done nothing
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

offerLanguages();
speak(preferredLanguage());
