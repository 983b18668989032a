// Sending the set-up form, and saying what is wrong beside each entry. Until this file is there the form sends itself.

let errors = {}; // {field: code}, from the answer to the form

// --- what is wrong ---

/** {field: text} of all that is known to be wrong: with these entries, or found by the last trial. */
function wrong() {
  const texts = {};
  if (Object.keys(errors).length) {
    for (const field of Object.keys(errors)) texts[field] = errors[field] === "no_answer" ? word("shared.no_answer") : fieldError(field, errors[field]);
  } else if (setup && setup.state === "failed" && setup.error) {
    texts[setup.error.field || "form"] = code(setup.error.code).join(" ").trim();
  }
  return texts;
}

function showErrors() {
  const summary = element("errors");
  const texts = wrong();
  const hadFocus = summary.contains(document.activeElement);
  all(".error", form).forEach((one) => one.remove());
  all("[aria-invalid]", form).forEach((one) => one.removeAttribute("aria-invalid"));
  summary.textContent = "";
  if (!Object.keys(texts).length) return;
  append(summary, "h2", word(Object.keys(errors).length ? "setup.look_again" : "setup.did_not_work"));
  const list = append(summary, "ul");
  for (const field of Object.keys(texts)) showError(list, field, texts[field]);
  const suggestion = words.codes && !Object.keys(errors).length && meant(); // not before what is written anew then: it would take a click away with it
  if (suggestion) append(summary, "button", word("setup.suggestion", { ssid: suggestion }), { type: "button", className: "quiet" }).addEventListener("click", () => take(suggestion));
  if (errors.form === "login_needed") append(append(summary, "p"), "a", word("shared.log_in"), { className: "button", href: "/login" });
  if (hadFocus) summary.focus();
}

function showError(list, field, text) {
  const control = element(field === "ssid" && form.querySelector("[value=other]").checked ? "ssid-name" : field);
  const item = append(list, "li", control && form.contains(control) ? "" : text);
  if (!control || !form.contains(control)) return;
  append(item, "a", text, { href: `#${control.id}` });
  control.setAttribute("aria-invalid", "true");
  const sentence = append(form, "p", text, { className: "error", id: `${field}-error` });
  const isGroup = control.tagName === "FIELDSET";
  if (isGroup) control.querySelector("legend").after(sentence);
  else control.after(sentence);
  if (element("rare").contains(control)) element("rare").open = true;
}

/** One spelling for many: small letters, one kind of blank, hyphen and quote, and nothing that is copied along unseen. */
function plain(ssid) {
  return ssid
    .normalize()
    .toLowerCase()
    .replace(/[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "")
    .replace(/\s/g, " ")
    .replace(/[\u2010-\u2015\u2212\uff0d]/g, "-")
    .replace(/[\u02b9-\u02bc\u2018-\u201f\u2032\u2033\u00b4"`]/g, "'")
    .trim();
}

/** The name that was probably meant by the one that was not found: the only one in sight that looks alike, if it can be typed; or "". */
function meant() {
  if (setup.error.code !== "not_found" || !setup.draft || !found) return "";
  const typed = setup.draft.ssid;
  const alike = found.networks.map((one) => one.ssid).filter((ssid) => plain(ssid) === plain(typed));
  return alike.length === 1 && alike[0] !== typed && !alike[0].includes("\ufffd") ? alike[0] : "";
}

/** Take the name that is suggested: another spelling of what was typed. */
function take(ssid) {
  const card = all("label", networks).find((one) => one.querySelector("bdi").textContent === ssid);
  touched.add("network");
  if (card) {
    card.querySelector("input").checked = true;
  } else {
    form.querySelector("[value=other]").checked = true;
    element("ssid-name").value = ssid;
  }
  isShort = isShort && !card;
  shorten();
  fitToChoice();
  password.focus();
}

// --- sending ---

/** Two letters, or "": the region that the browser's language names, else the country that the language has its name from. */
function countryOf(tag) {
  const [language, ...rest] = String(tag).split("-");
  const region = rest.find((part) => /^[a-z]{2}$/i.test(part));
  return region ? region.toUpperCase() : /^(de|es|fr|it|pt)$/.test(language) ? language.toUpperCase() : "";
}

/** The entries, as POST /setup takes them. */
function entries() {
  const value = (name) => element(name).value;
  const body = {
    password: password.disabled ? "" : password.value,
    api_key: value("api_key"),
    interval_s: Number(value("interval_s")),
    name: value("name"),
    units: form.querySelector("[name=units]:checked").value,
    sensor: value("sensor"),
    https: value("https") === "yes",
    country: (setup && setup.draft && setup.draft.country) || countryOf(navigator.language),
    phone_time: Date.now(),
  };
  if (setup) body.kept = true; // the secrets that the page says are kept
  const radio = chosen();
  if (radio && radio.value === "draft") body.ssid = setup.draft.ssid;
  else if (radio && radio.value !== "other") body.network = radio.value;
  else body.ssid = radio ? value("ssid-name") : "";
  return body;
}

/** Send without leaving the page, so that nothing typed is lost when an entry is wrong or the phone is out of reach. */
async function send(event) {
  event.preventDefault();
  const button = element("send");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  tell(button, "setup.sending");
  try {
    const answer = await ask("/setup", { json: entries() });
    if (answer.ok) {
      location.assign("/setup");
      return;
    }
    const told = answer.document || {};
    errors = told.errors || { form: told.error || (answer.status === 401 ? "login_needed" : `HTTP ${answer.status}`) };
  } catch {
    errors = { form: "no_answer" };
  }
  button.setAttribute("aria-busy", "false");
  tell(button, "setup.send");
  showErrors();
  element("errors").focus();
}

form.addEventListener("submit", send);
whenShown.push(showErrors);
showErrors();
showFailure();
