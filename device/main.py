"""Power-on: start the app from the slot that /active names. A slot that fails gives way to the other one.

/active is the slot's letter. On trial a digit follows, how many starts it may still take to prove itself (hardware/slots.py says when it
has), and then what else that needs. After a way back "-" follows, and why the other slot was left.
"""

import os
import sys


def change(text):
    with open("/active.new", "w") as file:
        file.write(text)
    os.rename("/active.new", "/active")


def failed(why):
    """On trial a crash is enough to start from the other slot next time."""
    if is_on_trial:
        change(other + "-" + why)


with open("/active") as file:
    active = file.read().strip()
slot, mark, needs = active[0], active[1:2], active[2:]
other = "a" if slot == "b" else "b"
is_on_trial = mark.isdigit()
if mark == "0":
    failed("it did not run well in three starts")
    slot, mark, is_on_trial = other, "-", False
elif is_on_trial:
    change(slot + str(int(mark) - 1) + needs)
    from machine import WDT  # hardware/ is in the slot, which is not to be trusted yet

    WDT(timeout=60000)  # bites an app that hangs before it has a watchdog of its own
sys.path.insert(0, "/" + slot)
try:
    import app
except Exception as failure:
    if mark == "-":  # the other one is no better
        raise
    change("%s-%r" % (other, failure))
    sys.exit()  # starts anew
app.start(failed)
