// After a restart: the readings, as soon as the device is back.

const FIRST_LOOK_MS = 6000; // before that the device that answers may be the one that has not restarted yet
const LOOK_MS = 2000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function isBack() {
  try {
    return (await fetch("/api/readings", { cache: "no-store", signal: AbortSignal.timeout(4000) })).ok;
  } catch {
    return false;
  }
}

if (document.querySelector("[data-waiting]")) {
  await pause(FIRST_LOOK_MS);
  while (!(await isBack())) await pause(LOOK_MS);
  location.replace("/readings");
}
