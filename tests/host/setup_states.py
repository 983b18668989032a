"""What the set-up pages can be in: the documents of a device in each state.

`python3 tests/host/setup_states.py --port 18400` serves them; `/preview` there lists them.
"""

import sys

from page_preview import AT_HOME, STEPS, network, serve, setup_document

KEY = "SIMULATEDKEY0001"
DETAILS = {"sensor": "21.4 °C, 48.0 %", "wifi": "-54 dBm", "address": "192.168.1.57", "internet": "", "thingspeak": "42"}
IN_USE = {
    "ssid": "Home",
    "name": "Cellar",
    "interval_s": 45,
    "units": "C",
    "sensor": "auto",
    "https": True,
    "has_password": True,
    "has_api_key": True,
}
HOSTILE = [
    network("<img src=x onerror=alert(1)>", -40, 4),
    network("\"'><b>bold</b>&amp;{ssid}*x*", -45, 4, "open"),
    network("🐸" * 8, -50, 4),
    network("\ufffd\ufffdnot UTF-8", -55, 4, id="hex:fffe6e6f74"),
    network("W" * 32, -60, 3, "wpa2-enterprise", False),
    network("שלום \u202e", -65, 3),
]
CROWD = [network("Neighbour %d" % number, -50 - number, max(0, 4 - number // 5)) for number in range(20)]


def steps(passed, failed=None, detail=""):
    """The first `passed` steps are ok; the next one runs, or has failed where `failed`."""
    states = ["ok"] * passed + (["failed"] if failed else ["running"]) + ["skipped" if failed else "waiting"] * 5
    return [
        {"name": name, "state": state, "detail": DETAILS[name] if state == "ok" else detail if state == "failed" else ""}
        for name, state in zip(STEPS, states)
    ]


def running(passed=0, **changes):
    return setup_document(**{"state": "running", "ssid": "Home", "steps": steps(passed), **changes})


def done(**changes):
    found = {"state": "done", "ssid": "Home", "steps": steps(5), "address": "192.168.1.57", "channel_id": 123456, "restart_in_s": 15}
    return setup_document(**{**found, **changes})


def failed(step, code, field=None, **changes):
    can_keep = step in ("internet", "thingspeak")
    error = {"step": step, "code": code, "field": field}
    found = {"state": "failed", "ssid": "Home", "steps": steps(STEPS.index(step), "failed"), "error": error}
    return setup_document(**{**found, "can_keep": can_keep, "can_retry": True, "draft": dict(IN_USE, interval_s=60), **changes})


def _state(path, setup=None, networks=None, readings=None):
    def show(preview):
        if setup is not None:
            preview.documents["/api/setup"] = setup
        if networks is not None:
            preview.documents["/api/networks"]["networks"] = networks
        preview.documents["/api/readings"].update(readings or {})
        return path

    return show


SILENT = {"temperature_c": None, "humidity_pct": None, "quality": "missing", "problem": "sensor_silent"}
STATES = {
    "form": _state("/"),
    "form-hostile-names": _state("/", networks=HOSTILE),
    "form-20-networks": _state("/", networks=CROWD),
    "form-no-network": _state("/", networks=[]),
    "form-in-use": _state("/", setup_document(draft=IN_USE, notice="restarted_often")),
    "form-not-in-sight": _state("/", setup_document(draft=IN_USE), networks=AT_HOME[1:]),
    "form-sensor-silent": _state("/", readings=SILENT),
    "form-closed": _state("/setup", setup_document(draft=IN_USE, open=False, mode="station"), readings={"mode": "station"}),
    "form-wrong-password": _state("/", failed("wifi", "wrong_password", "password")),
    "form-not-found": _state("/", failed("wifi", "not_found", "ssid", draft=dict(IN_USE, ssid="fritz!box 7590 xy", interval_s=60))),
    "form-sensor-type": _state("/", failed("sensor", "sensor_other_type", "sensor")),
    "proof-starts": _state("/setup", running(0)),
    "proof-midway": _state("/setup", running(3)),
    "proof-done": _state("/setup", done()),
    "proof-home": _state("/setup", done(mode="station", open=False, restart_in_s=None)),
    "proof-wrong-password": _state("/setup", failed("wifi", "wrong_password", "password")),
    "proof-no-address": _state("/setup", failed("address", "no_address")),
    "proof-login-needed": _state("/setup", failed("internet", "browser_login_needed")),
    "proof-sensor-silent": _state("/setup", failed("sensor", "sensor_silent", can_keep=True)),
    "proof-key-refused": _state("/setup", failed("thingspeak", "key_refused", "api_key")),
}
"""{name: function (preview) -> path}"""


if __name__ == "__main__":
    sys.exit(serve(STATES, "Serve the set-up pages in forced states, to look at them."))
