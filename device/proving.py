"""Proving new settings, step by step. `trial` is a trial.Trial. What sends nothing is proof.py, not there where a request needs memory."""

import asyncio

from core.on_demand import Borrowed, with_room
from micropython import const

_ROOM_BYTES = const(12 * 1024)  # what a step may take
_LOOK = ("HEAD", "http://api.thingspeak.com/", {}, b"")


async def run(trial):
    """Prove each step, and commit the settings when all work."""
    device, failed = trial.device, None
    await asyncio.sleep(0.3)  # the answer to who asked goes out first, and its memory comes back
    for step in trial.told["steps"]:
        device.beat("trial")
        name = step["name"]
        if failed and name == "thingspeak":
            break
        step["state"] = "running"
        for _ in range(2):  # what is free may lie in pieces, and a moment later does not
            try:
                code = await with_room(device, _ROOM_BYTES, _prove, trial, name, step)
                break
            except MemoryError:
                code = "memory"
        await asyncio.sleep(1)  # who has waited sees how far it is
        step["state"] = "failed" if code else "ok"
        if code:
            failed = step, code
            if name != "sensor":
                break
    while True:
        try:
            await with_room(device, _ROOM_BYTES, _conclude, trial, failed)
            break
        except MemoryError:
            await asyncio.sleep(5)  # where there is never enough the watchdog restarts: better than a trial without an end
    device.heap.reserve = None  # it may have ended before TLS began
    del device.beats["trial"]
    trial.seen_s = device.clock.uptime_s()


async def _conclude(trial, failed):
    with Borrowed():
        from proof import commit, fail

        if failed:
            fail(trial, *failed)
        else:
            commit(trial)


async def _prove(trial, name, step):
    """One step: None when it works, otherwise a code. What else there is to say of it goes into `detail`. Raises MemoryError."""
    step["detail"] = ""
    if name == "internet":
        code = await _ask_around(trial.device)
    elif name == "thingspeak":
        code = await _upload(trial, step)
    else:
        with Borrowed():
            from proof import prove
        code = await prove(trial, name, step)
    if code == "memory":
        raise MemoryError
    return code


async def _ask_around(device):
    send = device.send
    status, _, failure = await send(("GET", "http://connectivitycheck.gstatic.com/generate_204", {}, b""), 10)
    if status not in (0, 204) or failure in ("redirect", "reply"):
        return "browser_login_needed"
    if not status and failure != "memory":  # some networks block that server
        status, _, failure = await send(_LOOK, 10)
    if status or failure in ("redirect", "reply"):
        return None
    return "memory" if failure == "memory" else "no_internet"


async def _upload(trial, step):
    device, settings, clock = trial.device, trial.settings, trial.device.clock
    if settings["https"]:
        device.heap.hold()
    if clock.now() is None:  # a certificate can only be checked by one who knows the date
        await clock.synchronise()
    if clock.now() is None:
        await device.send(_LOOK, 30)  # its reply tells the clock
    if clock.now() is None and settings["https"]:
        return "clock_unknown"
    for step["detail"] in ("", "turn", "turn", "turn"):
        device.beat("trial")
        if step["detail"]:
            await asyncio.sleep(16)  # ThingSpeak takes one write every 15 s for a channel
        with Borrowed():
            from core.thingspeak import update_request

            request = update_request(settings, trial.reading, None)  # one source alone may have told the time
        update_request = None  # for there is to be room for the request
        status, body, failure = await device.send(request, 30)
        with Borrowed():
            from proof import told_by_reply

            code, step["detail"], trial.told["channel_id"] = told_by_reply(status, body, failure)
        told_by_reply = None
        if code != "thingspeak_busy":
            break
    return code
