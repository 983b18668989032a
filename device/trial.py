"""The trial of new settings: begun, tried again or kept by who asks for it. What proves them is proving.py."""

import asyncio

from core.on_demand import Borrowed


class Trial:
    """How far it is: `device.trial`. What acts on it is not in here, so that a verdict takes no more memory than what it says.

    settings: those to be proven. told: what `GET /api/setup` says of it. reading: the sensor's. restart_at_s: the uptime of the restart
    that the new settings need, or None. seen_s: the uptime when somebody looked last.
    """

    reading = restart_at_s = None
    seen_s = 0


def start(device, settings):
    """Prove settings while the page that asked for it stays up, commit them when they work, and in set-up mode restart once seen.

    Returns False while one runs, or when one has worked and the restart is due. The sensor comes first, for it needs no network. Where
    it fails the other steps are tried all the same, up to the upload, which would need a reading: so settings can be kept before the
    sensor is wired. A failed trial changes nothing; the old network is joined again.

    Of `device` it and proving.py use: mode, settings, wifi, thermometer, clock, log; tasks, send, save_settings, make_room, has_room,
    server, restart_soon, go_on, beat and beats. While it runs, and until the restart, `device.wifi.held` keeps the rejoin loop away.
    """
    before = device.trial
    if before and (before.told["state"] == "running" or before.restart_at_s):
        return False
    with Borrowed():
        from proving import run
    trial = Trial()
    trial.device = device
    trial.settings = settings
    steps = [{"name": name, "state": "waiting", "detail": ""} for name in ("sensor", "wifi", "address", "internet", "thingspeak")]
    trial.told = {"state": "running", "ssid": "", "steps": steps, "error": None, "address": None, "channel_id": None, "restart_in_s": None}
    if "measuring" not in device.tasks:  # after starts that did not last, see power_on.py
        device.go_on("measuring", device.thermometer.measure())
    device.go_on("trial", run(trial))
    try:  # at the start, for a trial breaks what is free into small pieces
        device.heap.hold()
    except MemoryError:
        pass  # its TLS session has to find one
    device.wifi.held = True
    device.trial = trial
    return True


def retry(device):
    """Try the same settings again; False when none have failed."""
    trial = device.trial
    return bool(trial) and trial.told["state"] == "failed" and start(device, trial.settings)


def keep(device):
    """Commit settings whose Wi-Fi works although another step failed; False when there are none."""
    trial = device.trial
    if not trial or trial.told["state"] != "failed" or not trial.told["address"]:
        return False
    with Borrowed():
        from proof import commit, is_joined

        joined = is_joined(trial)
        if commit(trial) and not (joined or trial.restart_at_s):
            device.go_on("trial", _leave(device.wifi))
    return True


async def _leave(wifi):
    """Go from the old network, and the rejoin loop goes to the new one."""
    await asyncio.sleep(2)  # who asked over the old network gets his answer first
    wifi.disconnect()
