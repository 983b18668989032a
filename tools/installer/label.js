// The label of the board on the cable: MicroPython is asked in its raw REPL
// (https://docs.micropython.org/en/latest/reference/repl.html#raw-mode-and-raw-paste-mode), then the board starts again.

const BAUD = 115200;
const ANSWER_MS = 10000;
const ATTEMPTS = 3;
const ENTER = "\r\x03\x03\r\x01";
const ENTERED = "raw REPL; CTRL-B to exit\r\n>";
const QUESTION = `
import binascii, json, machine
state = {}
try:
    with open("/state.json") as file:
        state = json.load(file)
except (OSError, ValueError):
    pass
print(json.dumps([binascii.hexlify(machine.unique_id()).decode(), state.get("hotspot_password")]))
`;
const RESTART = "import machine, time\ntime.sleep_ms(100)\nmachine.reset()\n";

const element = (id) => document.getElementById(id);

class Silent extends Error {}

// What comes from the board, as text. It is read all the time: a reader that waits for nothing cannot be called off.
class Conversation {
  constructor(port) {
    this.reader = port.readable.getReader();
    this.writer = port.writable.getWriter();
    this.heard = "";
    this.changed = () => {};
    this.listening = this.listen();
  }

  async listen() {
    const decoder = new TextDecoder();
    try {
      for (let part = await this.reader.read(); !part.done; part = await this.reader.read()) {
        this.heard += decoder.decode(part.value, { stream: true });
        this.changed();
      }
    } catch {
      // the cable is out: nothing more will be heard
    }
  }

  async say(text) {
    this.heard = "";
    await this.writer.write(new TextEncoder().encode(text));
  }

  // What was heard up to `ending`.
  until(ending) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Silent()), ANSWER_MS);
      this.changed = () => {
        const end = this.heard.indexOf(ending);
        if (end < 0) return;
        clearTimeout(timer);
        const found = this.heard.slice(0, end);
        this.heard = this.heard.slice(end + ending.length);
        resolve(found);
      };
      this.changed();
    });
  }

  async end() {
    await this.reader.cancel().catch(() => {});
    await this.listening;
    this.reader.releaseLock();
    this.writer.releaseLock();
  }
}

async function enter(board) {
  for (let attempt = 1; ; attempt += 1) {
    await board.say(ENTER);
    try {
      return await board.until(ENTERED);
    } catch (problem) {
      if (attempt === ATTEMPTS) throw problem;
    }
  }
}

// [MAC address in hex, password or null]
async function question(board) {
  await enter(board);
  await board.say(QUESTION + "\x04");
  await board.until("OK");
  const answer = JSON.parse(await board.until("\x04"));
  await board.until("\x04>");
  await board.say(RESTART + "\x04");
  await board.until("OK");
  return answer;
}

async function answerOf(port) {
  await port.open({ baudRate: BAUD });
  try {
    const board = new Conversation(port);
    try {
      return await question(board);
    } finally {
      await board.end();
    }
  } finally {
    await port.close().catch(() => {}); // a board with its own USB took the port away when it started again
  }
}

function show([mac, password]) {
  const hotspot = "Dewlog-" + mac.slice(-6).toUpperCase();
  element("hotspot").textContent = hotspot;
  element("password").textContent = password;
  element("home").textContent = `http://${hotspot.toLowerCase()}.local`;
  element("label").hidden = false;
}

function reason(problem) {
  if (problem.name === "NotFoundError") return "No port was chosen.";
  if (problem instanceof Silent) return "The board does not answer. Press its RESET button, wait ten seconds and ask again.";
  if (problem instanceof SyntaxError) return "The board gave an answer that makes no sense. Ask again.";
  return "The port cannot be used. Close the dialog of step 1 and every other program that has it open, and ask again.";
}

async function ask() {
  element("ask").disabled = true;
  element("label").hidden = true;
  element("said").textContent = "Asking the board …";
  try {
    const answer = await answerOf(await navigator.serial.requestPort());
    if (answer[1]) show(answer);
    element("said").textContent = answer[1] ? "Keep it: write it down or print this page." : "It has no password yet. Wait ten seconds and ask again.";
  } catch (problem) {
    element("said").textContent = reason(problem);
  }
  element("ask").disabled = false;
}

if ("serial" in navigator) element("ask").addEventListener("click", ask);
else element("ask").disabled = true;
