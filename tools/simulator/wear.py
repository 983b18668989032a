"""The wear of the flash chip."""

import json


class Wear:
    """How much the flash was written and erased since power-on; keep() writes it to `path` for the tools that make years of life of it."""

    def __init__(self, path, uptime_s):
        self._path, self._uptime_s = path, uptime_s
        self.writes = self.written_bytes = self.erases = 0
        self.erases_by_block = {}

    def note(self, is_write, block, length):
        if is_write:
            self.writes += 1
            self.written_bytes += length
        else:
            self.erases += 1
            self.erases_by_block[block] = self.erases_by_block.get(block, 0) + 1

    def keep(self):
        summary = {"uptime_s": round(self._uptime_s()), "writes": self.writes, "written_bytes": self.written_bytes, "erases": self.erases,
                   "most_erases_of_a_block": max(self.erases_by_block.values(), default=0)}
        unfinished = self._path.with_suffix(".new")
        unfinished.write_text(json.dumps(summary))
        unfinished.replace(self._path)
