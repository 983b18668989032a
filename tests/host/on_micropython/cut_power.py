"""Cuts the power at every single block write of a busy hour, on a real littlefs, and looks at what is left.

Prints a JSON object: how many cuts, how many records they tore, and every promise that was broken.
"""

import json
import vfs

from flash_with_cuts import BLOCK_BYTES, BLOCKS, Flash

from core.reading import Reading
from core.settings import DEFAULTS
from hardware import segments, settings_store
from hardware.clock import Clock
from hardware.journal import Journal

ROOT = "/flash"
BEFORE = 1015  # records from earlier: the hour runs over the end of a segment
HOUR = 24
segments.FLOOR_BYTES = 0  # all of this small flash is for the journal


class Memory:
    """Memory that a power cut empties."""

    def __init__(self):
        self.values = {}

    def get(self, name):
        return self.values.get(name, 0)

    def set(self, name, value):
        self.values[name] = value


def reading(number):
    return Reading(1795377903 + 60 * number, 60 * number, 1, number % 60, 1 + number % 99, 0)


def settings(number):
    return dict(DEFAULTS, ssid=b"Home", password="correct horse", api_key="ABCDEFGHIJKLMNOP", name="Dewlog %d" % number)


class Device:
    """What runs between two power cuts. `promised` is what a completed call has promised, `begun` what a cut call may have done."""

    def __init__(self):
        self.journal = Journal(ROOT)
        self.promised = {"readings": BEFORE, "cursor": 0, "settings": settings(0)["name"]}
        self.begun = dict(self.promised)

    def hour(self):
        for number in range(HOUR):
            self._do("readings", BEFORE + number + 1, lambda number=number: self.journal.append(reading(BEFORE + number)))
            if number % 3 == 0:
                self._do("cursor", self.journal.end, lambda: self.journal.move_cursor(self.journal.end))
            if number % 8 == 0:
                self._do("settings", settings(number)["name"], lambda number=number: settings_store.save(settings(number), ROOT))
                settings_store.mark_good(ROOT)
        Clock(Memory(), None, ROOT + "/sessions.json")  # a power-on is counted, if flash takes it

    def _do(self, what, value, action):
        self.begun[what] = value
        action()
        self.promised[what] = value


def mounted(blocks):
    flash = Flash(blocks)
    vfs.mount(vfs.VfsLfs2(flash), ROOT)
    return flash


def prepared():
    """The blocks of a flash that has served for a while."""
    blocks = bytearray(b"\xff" * (BLOCKS * BLOCK_BYTES))
    vfs.VfsLfs2.mkfs(Flash(blocks))
    mounted(blocks)
    journal = Journal(ROOT)
    for number in range(BEFORE):
        journal.append(reading(number))
    settings_store.save(settings(0), ROOT)
    Clock(Memory(), None, ROOT + "/sessions.json")
    vfs.umount(ROOT)
    return blocks


def cut(blocks, cut_at):
    """Run the hour with a cut. Returns (Device, whether the power was cut)."""
    flash = mounted(blocks)
    device = Device()
    flash.cut_at = flash.writes + cut_at if cut_at else None
    try:
        device.hour()
        was_cut = False
    except OSError:
        was_cut = True
    flash.cut_at = 0  # nothing is written any more, whatever the file objects try
    try:
        vfs.umount(ROOT)
    except OSError:
        pass
    return device, was_cut, flash


def broken_promises(blocks, device):
    """What the next start finds, against what was promised."""
    mounted(blocks)
    broken = []
    journal = Journal(ROOT)
    found = [kept for _, kept in journal.walk(0)]
    good = [kept for kept in found if kept]
    if good != [reading(number) for number in range(len(good))]:
        broken.append("readings changed or went missing")
    if not device.promised["readings"] <= len(good) <= device.begun["readings"]:
        broken.append("%d readings, promised %d" % (len(good), device.promised["readings"]))
    if journal.cursor not in (device.promised["cursor"], device.begun["cursor"]):
        broken.append("cursor %d, promised %d" % (journal.cursor, device.promised["cursor"]))
    stored, _ = settings_store.load(ROOT)
    if not stored or stored["name"] not in (device.promised["settings"], device.begun["settings"]):
        broken.append("settings %s" % stored)
    session = Clock(Memory(), None, ROOT + "/sessions.json").session
    if session not in (2, 3):
        broken.append("session %d" % session)
    position = journal.append(reading(len(good)))
    if [kept for _, kept in journal.walk(position)] != [reading(len(good))]:
        broken.append("the journal cannot be continued")
    vfs.umount(ROOT)
    return broken, len(found) - len(good)


def main():
    prepared_blocks = prepared()
    blocks = bytearray(prepared_blocks)  # one for all: a heap in pieces has no place for another quarter of a megabyte
    device, was_cut, flash = cut(blocks, None)
    total = flash.writes
    broken, torn, cuts = [], 0, 0
    for cut_at in range(1, total + 1):
        blocks[:] = prepared_blocks
        device, was_cut, _ = cut(blocks, cut_at)
        cuts += was_cut
        promises, torn_records = broken_promises(blocks, device)
        torn += torn_records
        broken += ["cut at write %d: %s" % (cut_at, promise) for promise in promises]
    print(json.dumps({"writes": total, "erases": flash.erases, "cuts": cuts, "torn": torn, "broken": broken}))


main()
