"""Power-on: start the app from the slot that /active names. A slot that fails gives way to the other one.

/active is the slot's letter. On trial a digit follows, how many starts it may still take to prove itself (hardware/slots.py says when it
has), and "w" if that takes the Wi-Fi. After a way back "-" follows, and why the other slot was left.
"""

import os
import sys


def write(text):
    with open("/active.new", "w") as file:
        file.write(text)
    os.rename("/active.new", "/active")


def leave(why):
    """Start from the other slot from now on."""
    write(other + "-" + why)


with open("/active") as file:
    active = file.read().strip()
slot, left = active[0], active[1:2]
other = "a" if slot == "b" else "b"
if left == "0":
    leave("it did not run well in three starts")
    slot, left = other, "-"
elif left.isdigit():
    write(slot + str(int(left) - 1) + active[2:])
    from machine import WDT  # hardware/ is in the slot, which is not to be trusted yet

    WDT(timeout=60000)  # bites an app that hangs before it has a watchdog of its own
sys.path.insert(0, "/" + slot)
try:
    import app
except Exception as failure:
    if left == "-":  # the other one is no better
        raise
    leave(repr(failure))
    sys.exit()  # starts anew
app.start(leave if left.isdigit() else None)  # on trial a crash is enough
