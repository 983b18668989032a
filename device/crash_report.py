"""The report of an error that nobody expected: kept where it survives the restart, without secrets."""

import gc
import io
import sys

from core.crash import record
from core.settings import SECRETS


def note(failure, device, memory):
    """Keep `failure` in `memory` for the next start. device: None when it failed while it was being made."""
    trace = io.StringIO()
    sys.print_exception(failure, trace)
    known = device is not None and hasattr(device, "settings")
    secrets = [device.device_password] if known else []
    if known and device.settings:
        secrets += [device.settings[name] for name in SECRETS]
    task = getattr(device, "failed_task", None) or "start"
    now_s, uptime_s = (device.clock.now(), device.clock.uptime_s()) if known else (None, 0)
    memory.set_crash_note(record(failure, trace.getvalue(), task, now_s, uptime_s, gc.mem_free(), secrets))
    print(trace.getvalue())  # DEBUG
    print("Dewlog met an error it did not expect and restarts. The diagnostics page keeps a record of it.")
