"""Erasing what a device has been told and has gathered; the label stays true."""

import os

from hardware.flash import remove


def everything():
    """Delete them all; what is missing is fine."""
    try:
        for name in os.listdir("/journal"):
            remove("/journal/" + name)
    except OSError:
        pass
    for path in ("/settings.json", "/settings.good.json", "/cursor", "/sessions.json", "/crashes.json", "/trial.json"):
        remove(path)
