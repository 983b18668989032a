// The settings form: networks in sight to choose from, and saving: only what was changed is sent.

const SCAN_LOOKS = 20;
const SCAN_LOOK_MS = 1000;

let networks = []; // in sight
let chosen = null; // the one of them whose name stands in the field

// --- What is said on top ---

function tellProblem(title, text, link) {
  const box = element("problem");
  box.hidden = false;
  element("saved").hidden = true;
  say(box.querySelector("b"), title);
  say(box.querySelector("span"), text || "");
  const way = box.querySelector("a");
  way.hidden = !link;
  if (link) {
    way.href = link[0];
    say(way, link[1]);
  }
  box.focus();
}

function tellSuccess(text) {
  element("problem").hidden = true;
  element("saved").hidden = false;
  say(element("saved"), text);
  element("saved").focus();
}

function clear() {
  element("problem").hidden = element("saved").hidden = true;
  for (const error of all(".field .error")) error.remove();
  for (const field of all("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    const others = (field.getAttribute("aria-describedby") || "").replace(/\S+-error ?/, "");
    if (others) field.setAttribute("aria-describedby", others);
    else field.removeAttribute("aria-describedby");
  }
}

/** Put the sentence for `name` beside `field`, a control of the page. */
function mark(field, entryName, name) {
  const part = field.closest("details");
  if (part) part.open = true;
  const error = append(field.parentNode, "p", fieldError(entryName, name), { id: field.id + "-error", className: "error" });
  field.parentNode.insertBefore(error, field.nextSibling);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${error.id} ${field.getAttribute("aria-describedby") || ""}`.trim());
}

// --- Networks in sight ---

async function search() {
  element("search").disabled = true;
  say(element("found"), word("settings.searching"));
  try {
    let answer = await ask("/api/networks?refresh=1");
    for (let look = 0; look < SCAN_LOOKS && answer.document && answer.document.scanning; look += 1) {
      await pause(SCAN_LOOK_MS);
      answer = await ask("/api/networks");
    }
    networks = (answer.document && answer.document.networks) || [];
    say(element("found"), networks.length ? "" : word("settings.found_none"));
  } catch {
    say(element("found"), word("shared.no_answer"));
  }
  element("search").disabled = false;
  showNetworks();
}

function showNetworks() {
  const list = element("networks");
  element("sight").hidden = !networks.length;
  list.textContent = "";
  append(list, "option", word("settings.choose"), { value: "" });
  networks.forEach((network, index) => {
    const key = network.supported === false ? "unsupported" : network.security === "open" ? "open" : "entry";
    append(list, "option", word("settings.network_" + key, network), { value: String(index), disabled: network.supported === false });
  });
  list.value = chosen ? String(networks.indexOf(chosen)) : "";
}

element("search").addEventListener("click", search);
element("networks").addEventListener("change", () => {
  chosen = networks[Number(element("networks").value)] || null;
  if (!chosen) return;
  element("ssid").value = chosen.ssid;
  element("password").focus();
});
element("ssid").addEventListener("input", () => {
  chosen = null; // a name that is typed is these letters; one that is chosen may have bytes that are none
  element("networks").value = "";
});

// --- Known networks ---

/** They are told by exact bytes where their names are no text; passwords that are left out stay. */
function showKnown() {
  const known = current.networks || [];
  element("known-field").hidden = known.length < 2;
  element("known").textContent = "";
  known.forEach((network, index) => {
    const row = append(element("known"), "li");
    append(row, "span", network.ssid, { dir: "auto" });
    const without = known.filter((other) => other !== network);
    const act = (key, then) => {
      const button = append(row, "button", word("settings." + key), { type: "button", className: "quiet" });
      button.setAttribute("aria-label", `${word("settings." + key)}: ${network.ssid}`);
      button.addEventListener("click", () => setKnown(then));
    };
    if (index) act("up", without.slice(0, index - 1).concat(network, without.slice(index - 1)));
    act("forget", without);
  });
}

async function setKnown(known) {
  clear();
  const errors = await send({ networks: known.map((network) => (network.ssid_hex ? { ssid_hex: network.ssid_hex } : { ssid: network.ssid })) });
  if (errors) markAll(errors);
}

// --- What is of use to few: it comes with these scripts ---

/** A new element that says `key` in the person's language. */
function appendWord(parent, tag, key, properties) {
  const child = append(parent, tag, "", properties);
  child.dataset.word = key;
  tell(child, key);
  return child;
}

/** A control under its label, which is `number` and then what `key` says. */
function makeField(parent, tag, id, key, number) {
  const field = append(parent, "div", "", { className: "field" });
  const label = append(field, "label", number, { htmlFor: id });
  if (key) appendWord(label, "span", key);
  return append(field, tag, "", { id, autocomplete: "off", autocapitalize: "none", spellcheck: false });
}

// --- A fixed address ---

const ADDRESSES = ["address", "netmask", "gateway", "dns"];

function makeAddresses() {
  const part = element("static");
  appendWord(part, "summary", "settings.static");
  for (const name of ADDRESSES) makeField(part, "input", "static_" + name, name === "dns" ? "" : "settings." + name, name === "dns" ? "DNS" : "");
  appendWord(part, "p", "settings.static_hint", { id: "static_address-hint", className: "hint" });
  element("static_address").setAttribute("aria-describedby", "static_address-hint");
  appendWord(part, "button", "settings.lease", { id: "lease", className: "quiet", type: "button" }).addEventListener("click", () => fillAddresses(current.lease));
}

const typedAddresses = () => ADDRESSES.map((name) => element("static_" + name).value.trim());

function fillAddresses(values) {
  ADDRESSES.forEach((name, index) => {
    element("static_" + name).value = values[index];
  });
}

function showAddresses() {
  fillAddresses(ADDRESSES.map((name) => (current.static ? current.static[name] : "")));
  shownAs.static = typedAddresses().join();
  if (current.static) element("static").open = true;
  element("lease").hidden = !current.lease || current.lease[0] === "0.0.0.0"; // it is in no network
}

// --- Saving ---

/** {field: text} of what differs from what is set; a network that was chosen goes by its exact bytes. */
function changedFields() {
  const fields = {};
  for (const name of FIELDS) {
    const text = element(name).value;
    if (text !== shownAs[name]) fields[name] = text;
  }
  const typed = typedAddresses();
  if (typed.join() !== shownAs.static) fields.static = typed.join("") ? Object.assign({}, ...ADDRESSES.map((name, index) => ({ [name]: typed[index] }))) : null;
  if (chosen && fields.ssid !== undefined) {
    fields.network = chosen.id;
    if (chosen.security === "open") fields.open = "yes";
  }
  if (fields.ssid !== undefined && fields.password === undefined) fields.password = ""; // said on the page: then it is an open one
  return fields;
}

/** Send `fields`. What came of it is said on top; returns {field: code} of what has to be mended, or null. */
async function send(fields) {
  let answer = null;
  try {
    answer = await ask("/api/settings", { json: Object.assign({ phone_time: Date.now() }, fields) });
  } catch {
    tellProblem(word("settings.no_answer"));
    return null;
  }
  const said = answer.document || {};
  if (answer.status === 202) location.assign("/setup");
  else if (answer.ok && said.state === "saved") {
    chosen = null;
    if (await loadSettings()) {
      showKnown();
      showAddresses();
      emptyPairs(); // with other corrections something else is shown
      tellSuccess(word("settings.saved"));
    }
  } else if (answer.status === 400 && said.errors) return said.errors;
  else if (answer.status === 401) tellProblem(word("settings.logged_out"), "", ["/login", word("shared.log_in")]);
  else if (answer.status === 409) tellProblem(word("settings.busy"), "", ["/setup", word("settings.to_proof")]);
  else if (said.error) tellProblem(word("settings.not_saved"), code(said.error).join(" "));
  else tellProblem(word("settings.error", { status: answer.status }));
  return null;
}

async function save(event) {
  event.preventDefault();
  clear();
  const fields = changedFields();
  if (!Object.keys(fields).length) {
    tellSuccess(word("settings.nothing_changed"));
    return;
  }
  element("save").disabled = true;
  say(element("save"), word("settings.saving"));
  const errors = await send(fields);
  element("save").disabled = false;
  say(element("save"), word("settings.save"));
  if (errors) markAll(errors);
}

function markAll(errors) {
  const places = { network: "ssid", ssid_hex: "ssid", static: "static_address" };
  const beside = Object.keys(errors).filter((name) => FIELDS.indexOf(name) >= 0 || places[name]);
  const other = Object.keys(errors).filter((name) => beside.indexOf(name) < 0);
  tellProblem(word("settings.not_saved"), other.length ? other.map((name) => code(errors[name]).join(" ")).join(" ") : word("settings.not_saved_hint"));
  const fields = beside.map((name) => {
    const field = element(places[name] || name);
    mark(field, name === "static" ? name : field.id, errors[name]);
    return field;
  });
  fields.sort((a, b) => (a.compareDocumentPosition(b) & 4 ? -1 : 1));
  if (fields.length) fields[0].focus();
}

element("form").addEventListener("submit", save);
document.addEventListener("words", showNetworks);
document.addEventListener("words", showKnown);
showKnown();
makeAddresses();
showAddresses();
element("save").disabled = false;
