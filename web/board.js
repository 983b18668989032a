// What the board can be told to do, and what it tells about itself.

const FIRST_LOOK_MS = 6000; // before that the device that answers may be the one that has not restarted yet
const LOOK_MS = 2000;
const LOOKS = 40;

let again = null; // what is made of words, to be said once more in another language

/** Give the person a file. */
function offer(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = append(document.body, "a", "", { href: address, download: name, hidden: true });
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

// --- Orders ---

async function order(path, json) {
  try {
    const answer = await ask(path, { json: json || {} });
    if (answer.ok) return true;
    if (answer.status === 401) tellProblem(word("settings.logged_out"), "", ["/login", word("shared.log_in")]);
    else tellProblem(word("settings.not_done"), answer.document && answer.document.error ? code(answer.document.error).join(" ") : "");
  } catch {
    tellProblem(word("settings.no_answer"));
  }
  return false;
}

/** Nothing but what happens now is on the page. key: the name of its words. */
function leave(key) {
  clear();
  element("all").hidden = true;
  const box = element("away");
  again = () => {
    say(box.querySelector("h2"), word(`settings.${key}`));
    say(box.querySelector("p"), word(`settings.${key}_hint`));
  };
  again();
  box.hidden = false;
  box.focus();
  scrollTo(0, 0);
}

async function waitForDevice() {
  element("still-away").hidden = element("look-again").hidden = true;
  for (let look = 0; look < LOOKS; look += 1) {
    await pause(look ? LOOK_MS : FIRST_LOOK_MS);
    try {
      if ((await ask("/api/readings", { patience_ms: 4000 })).ok) {
        location.replace("/readings");
        return;
      }
    } catch {
      // Not back yet.
    }
  }
  element("still-away").hidden = element("look-again").hidden = false;
}

function makeErase() {
  const part = element("erase");
  appendWord(part, "summary", "settings.erase");
  const form = append(part, "form");
  const choices = append(form, "fieldset");
  appendWord(choices, "legend", "settings.erase_what");
  for (const value of ["readings", "settings", "everything"]) {
    const label = append(choices, "label", "", { className: "choice" });
    append(label, "input", "", { type: "radio", name: "what", value, checked: value === "readings" });
    appendWord(label, "span", "settings.erase_" + value);
  }
  appendWord(form, "p", "settings.erase_hint", { className: "hint" });
  const confirmed = append(form, "label", "", { className: "choice" });
  append(confirmed, "input", "", { id: "confirm", type: "checkbox" }).setAttribute("aria-describedby", "confirm-error");
  appendWord(confirmed, "span", "settings.erase_confirm");
  append(form, "p", "", { id: "confirm-error", className: "error" }).setAttribute("role", "alert");
  appendWord(form, "button", "settings.erase", { className: "danger whole" });
  form.addEventListener("submit", erase);
}

element("look-again").addEventListener("click", waitForDevice);
element("restart").addEventListener("click", async () => {
  if (!(await order("/api/restart"))) return;
  leave("restarting");
  waitForDevice();
});
element("setup-mode").addEventListener("click", async () => {
  if (await order("/api/setup-mode")) leave("opening_setup");
});

async function erase(event) {
  event.preventDefault();
  say(element("confirm-error"), element("confirm").checked ? "" : word("settings.erase_unconfirmed"));
  if (!element("confirm").checked) {
    element("confirm").focus();
    return;
  }
  const what = all("[name=what]").find((one) => one.checked).value;
  if (!(await order("/api/erase", { what, confirm: true }))) return;
  if (what === "readings") {
    leave("restarting");
    waitForDevice();
  } else {
    leave("erasing");
  }
}

makeErase();
document.addEventListener("words", () => {
  if (again) again();
});

// --- Diagnostics ---

let report = "";

element("diagnostics").addEventListener("click", async () => {
  element("diagnostics-problem").hidden = true;
  try {
    const answer = await ask("/api/diagnostics");
    if (!answer.ok || !answer.document) throw new Error("no diagnostics");
    report = JSON.stringify(answer.document, null, 2);
    say(element("report").querySelector("pre"), report);
    element("report").hidden = false;
  } catch {
    element("diagnostics-problem").hidden = false;
  }
});
element("report-download").addEventListener("click", () => offer("dewlog-diagnostics.json", report + "\n"));
