// The log-in: says at once what was wrong, and how long to wait.

let saidKey = "";
let waitUntil = 0;

/** Say the words for `key` ("" for none); they are said again in another language, and each second of a wait. */
function showProblem(key) {
  saidKey = key;
  const left_s = Math.ceil((waitUntil - Date.now()) / 1000);
  if (!words.login) return; // said as soon as they are there
  const text = key === "wait" && left_s <= 0 ? word("login.try_now") : key ? word("login." + key, { n: Math.max(0, left_s) }) : "";
  element("problem").hidden = !key;
  say(element("problem"), text);
  element("send").disabled = key === "wait" && left_s > 0;
}

async function logIn(event) {
  event.preventDefault();
  const field = element("password");
  if (!field.value) {
    showProblem("required");
    field.focus();
    return;
  }
  element("send").disabled = true;
  try {
    const answer = await ask("/login", { json: { password: field.value } });
    if (answer.ok) {
      location.replace("/settings");
      return;
    }
    waitUntil = Date.now() + answer.retry_after_s * 1000;
    showProblem(answer.status === 429 ? "wait" : answer.status === 401 ? "wrong" : "no_answer");
  } catch {
    showProblem("no_answer");
  }
  field.focus();
  field.select();
}

if (element("form")) { // not on the page that only says the way
  element("form").noValidate = true;
  element("form").addEventListener("submit", logIn);
  document.addEventListener("words", () => showProblem(saidKey));
  setInterval(() => { if (saidKey === "wait") showProblem("wait"); }, 1000);
}
