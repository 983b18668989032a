// The set-up form without waiting: searches again in place, shows the password, says what is wrong beside each field.
// Everything works without this file too.

const SHOWN_AT_FIRST = 6;
const CHECK_AGAIN_MS = 1000;
const PATIENCE_MS = 8000;
const NONE_FOUND = "No networks found. Dewlog sees 2.4 GHz networks only, and some only closer to the router.";
const YEAR_S = 365 * 24 * 3600;

const element = (id) => document.getElementById(id);
const form = document.querySelector("form");
const networks = element("networks");
const password = form.elements.password;
const interval = form.elements.interval_s;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function append(parent, tag, text, properties = {}) {
  const child = document.createElement(tag);
  child.textContent = text;
  Object.assign(child, properties);
  parent.append(child);
  return child;
}

// --- networks ---

function showNetwork(network) {
  const isOpen = network.security === "open";
  const label = append(networks, "label", "", { className: `b${network.bars}${isOpen ? " open" : network.supported ? "" : " off"}` });
  append(label, "input", "", { type: "radio", name: "network", value: network.id, disabled: !network.supported });
  append(label, "bdi", network.ssid);
  if (!network.supported) {
    append(label, "small", network.note);
  }
}

/** Show what was found now; the choice stays, even where it is out of sight for a moment. */
function showNetworks(found) {
  const chosen = networks.querySelector(":checked");
  networks.replaceChildren();
  found.forEach(showNetwork);
  if (chosen) {
    const again = networks.querySelector(`[value="${chosen.value}"]`);
    if (again) {
      again.checked = true;
    } else {
      networks.prepend(chosen.closest("label"));
    }
  }
  shorten();
  askForPassword();
}

/** Show the strongest few; the rest is one tap away, unless one of them is the choice. */
function shorten() {
  const rest = networks.children.length - SHOWN_AT_FIRST;
  const isShort = rest > 1 && !networks.querySelector(`:nth-child(n + ${SHOWN_AT_FIRST + 1}) :checked`);
  networks.classList.toggle("short", isShort);
  element("more").hidden = !isShort;
  element("more").textContent = `Show ${rest} more`;
}

function showAll() {
  networks.classList.remove("short");
  element("more").hidden = true;
  networks.children[SHOWN_AT_FIRST].querySelector("input").focus();
}

/** An open network has no password: what may have been typed for another one must not be sent. */
function askForPassword() {
  const isOpen = networks.querySelector(".open :checked") !== null;
  element("password-field").hidden = isOpen;
  password.disabled = isOpen;
}

async function search(event) {
  event?.preventDefault();
  const button = element("search");
  if (button.ariaBusy === "true") {
    return;
  }
  button.ariaBusy = "true";
  element("found").textContent = "Searching …";
  try {
    let answer = await ask("/api/networks?refresh=1");
    while (answer.scanning) {
      await pause(CHECK_AGAIN_MS);
      answer = await ask("/api/networks");
    }
    showNetworks(answer.networks);
    const count = answer.networks.length;
    element("found").textContent = count === 1 ? "1 network" : count ? `${count} networks` : NONE_FOUND;
  } catch {
    element("found").textContent = "Dewlog did not answer. Is the phone still on its hotspot?";
  }
  button.ariaBusy = "false";
}

async function ask(address) {
  const response = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE_MS) });
  return response.json();
}

// --- password ---

function reveal() {
  const isShown = password.type === "password";
  password.type = isShown ? "text" : "password";
  const button = element("reveal");
  button.textContent = isShown ? "Hide" : "Show";
  button.ariaLabel = isShown ? "Hide password" : "Show password";
  element("revealed").textContent = isShown ? "The password is shown" : "The password is hidden";
}

// --- interval ---

/** The choice stands at the end of the list; mostly it is one of the list itself. */
function mergeChoice() {
  const chosen = interval.lastElementChild;
  const listed = interval.querySelector(`[value="${chosen.value}"]`);
  if (listed !== chosen) {
    chosen.remove();
    listed.selected = true;
  }
}

function showBudget() {
  const messages = Math.round(YEAR_S / interval.value);
  element("budget").textContent = `This interval makes ${messages.toLocaleString("en")} a year.`;
}

// --- sending ---

function showErrors(errors) {
  const summary = element("errors");
  summary.replaceChildren();
  for (const sentence of form.querySelectorAll(".error")) {
    sentence.remove();
  }
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
  }
  append(summary, "h2", "Please look at this again");
  const list = append(summary, "ul", "");
  for (const [field, sentence] of Object.entries(errors)) {
    showError(list, field, sentence);
  }
  summary.focus();
}

function showError(list, field, sentence) {
  const control = element(field === "ssid" ? "ssid-name" : field);
  const item = append(list, "li", control ? "" : sentence);
  if (control) {
    append(item, "a", sentence, { href: `#${field}` });
    control.setAttribute("aria-invalid", "true");
    control.after(append(item, "p", sentence, { className: "error", id: `${field}-error` }));
  }
}

/** Send the form without leaving the page, so that nothing typed is lost when an entry is wrong or the phone is out of reach. */
async function send(event) {
  event.preventDefault();
  const button = element("send");
  if (button.ariaBusy === "true") {
    return;
  }
  button.ariaBusy = "true";
  form.elements.phone_time.value = Date.now();
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
      redirect: "manual",
    });
    if (response.type === "opaqueredirect" || response.ok) {
      location.assign("/setup");
      return;
    }
    showErrors((await response.json()).errors);
  } catch {
    showErrors({ form: "Dewlog did not answer. Check that the phone is still on its hotspot, then try again." });
  }
  button.ariaBusy = "false";
}

element("search").addEventListener("click", search);
element("more").addEventListener("click", showAll);
element("reveal").addEventListener("click", reveal);
networks.parentElement.addEventListener("change", askForPassword);
interval.addEventListener("change", showBudget);
form.addEventListener("submit", send);
form.elements.phone_time.value = Date.now();
element("reveal").hidden = false;
shorten();
askForPassword();
mergeChoice();
showBudget();
if (!networks.querySelector("label:not(.off)")) {
  search(); // the hotspot beside a lost Wi-Fi opens without having looked
}
