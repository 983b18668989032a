// An update: a file that tools/build.py --bundle made goes to the board, which restarts with it.

let versions = null; // what runs, and how the last update went

function makeUpdate() {
  const form = append(element("update"), "form", "", { className: "field" });
  appendWord(form, "label", "update.title", { htmlFor: "bundle" });
  append(form, "input", "", { id: "bundle", type: "file", required: true }).setAttribute("aria-describedby", "version bundle-hint");
  append(form, "p", "", { id: "version", className: "hint" });
  appendWord(form, "p", "update.hint", { id: "bundle-hint", className: "hint" });
  append(form, "progress", "", { max: 1, hidden: true });
  appendWord(append(form, "p", "", { className: "buttons" }), "button", "update.title", { className: "quiet" });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendUpdate(form, element("bundle").files[0]);
  });
}

function sendUpdate(form, file) {
  const request = new XMLHttpRequest(); // fetch() does not tell how far it has come
  const bar = form.querySelector("progress");
  const ended = (title, text, link) => {
    bar.hidden = true;
    form.querySelector("button").disabled = false;
    tellProblem(title, text, link);
  };
  request.upload.addEventListener("progress", (sent) => Object.assign(bar, { value: sent.loaded / file.size }));
  request.addEventListener("error", () => ended(word("update.broken")));
  request.addEventListener("load", () => {
    if (request.status === 202) {
      leave("restarting");
      waitForDevice();
    } else if (request.status === 401) {
      ended(word("settings.logged_out"), "", ["/login", word("shared.log_in")]);
    } else {
      const told = parsed(request.responseText);
      ended(word("update.broken"), told && told.error ? code(told.error).join(" ") : "");
    }
  });
  clear();
  Object.assign(bar, { value: 0, hidden: false });
  form.querySelector("button").disabled = true;
  request.open("POST", "/api/update");
  request.send(file);
}

async function showVersions() {
  try {
    versions = (await ask("/api/update")).document;
  } catch {
    // The page is of use without it.
  }
  sayVersions();
}

function sayVersions() {
  if (versions && versions.state && words.update) say(element("version"), word("update." + versions.state, versions));
}

makeUpdate();
showVersions();
document.addEventListener("words", sayVersions);
