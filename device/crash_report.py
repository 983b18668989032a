"""The report of an error that nobody expected: kept where it survives the restart, without secrets."""

import io
import sys

from core.crash import record
from core.memory import free
from core.settings import SECRETS


def note(failure, device):
    """Keep `failure` for the next start."""
    trace = io.StringIO()
    sys.print_exception(failure, trace)
    secrets = [getattr(device, "device_password", "")]
    if device.settings:
        secrets += [device.settings[name] for name in SECRETS]
    task = device.failed_task or "start"
    clock = getattr(device, "clock", None)
    now_s, uptime_s = (clock.now(), clock.uptime_s()) if clock else (None, 0)
    device.memory.set_crash_note(record(failure, trace.getvalue(), task, now_s, uptime_s, free(), secrets))
    print("Dewlog met an error it did not expect and restarts. The diagnostics page keeps a record of it.")
