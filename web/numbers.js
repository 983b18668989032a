// Numbers and times, as the person's language writes them.

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86400;

function number(value, digits) {
  const places = digits || 0;
  return Number(value).toLocaleString(language, { minimumFractionDigits: places, maximumFractionDigits: places });
}

const isNumber = (value) => typeof value === "number" && isFinite(value);

/** "C" or "F": what this browser chose, else what the device is set to. */
function units(of_device) {
  const chosen = remembered("units");
  return chosen === "C" || chosen === "F" ? chosen : of_device === "F" ? "F" : "C";
}

const degrees = (celsius, unit) => (unit === "F" ? celsius * 1.8 + 32 : celsius);

/** "21.4 °C"; a dash where there is no value. */
function temperature(celsius, unit) {
  return isNumber(celsius) ? `${number(degrees(celsius, unit), 1)}\u202f°${unit || "C"}` : "–";
}

function humidity(percent) {
  return isNumber(percent) ? `${number(percent, 1)}\u202f%` : "–";
}

/** "12 s", "3 min", "2 h", "5 d": short, so that no language needs its plurals. */
function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  for (const [size, key] of [[DAY_S, "days"], [HOUR_S, "hours"], [MINUTE_S, "minutes"]]) {
    if (whole >= size * 2 || (whole >= size && size < DAY_S)) return word("shared." + key, { n: number(Math.floor(whole / size)) });
  }
  return word("shared.seconds", { n: whole });
}

const ago = (seconds) => word("shared.ago", { duration: duration(seconds) });
