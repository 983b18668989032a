"""The size table: bytes on flash, bytes over the air, bytes of heap."""

import argparse
import re
import sys
import zlib
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("simulate")

import build
import heap_table
import interpreters

PAGES = (("/", "portal.html"), ("/readings", "readings.html"))
"""The first views that are held to WEIGHT_LIMIT_BYTES and REQUESTS_LIMIT: path and template."""
WEIGHT_LIMIT_BYTES = 14 * 1024
REQUESTS_LIMIT = 3
HEAD_BYTES = 700
"""What the server's headers add to each answer, rounded up."""
LINKED = re.compile(rb'(?:href|src)="(/static/[^"]+\.(?:css|js))"')

def flash_table(flash):
    """Lines of text: what each folder and the largest modules take of the flash at `flash`, and the total."""
    sizes = {path.relative_to(flash).as_posix(): path.stat().st_size for path in flash.rglob("*") if path.is_file()}
    groups = {}
    for name, size in sizes.items():
        folder = name.partition("/")[0] if "/" in name else "(top)"
        groups.setdefault(folder, []).append((size, name))
    lines = ["Bytes on flash:"]
    for folder, files in sorted(groups.items()):
        lines.append("  %-24s %7d" % (folder, sum(size for size, _ in files)))
        lines += ["    %-22s %7d" % (name.rpartition("/")[2], size) for size, name in sorted(files, reverse=True)]
    lines += _shelved_lines(flash.parent / "modules")
    lines.append("  %-24s %7d of %d" % ("total on flash", sum(sizes.values()), build.FLASH_LIMIT_BYTES))
    return lines


def _shelved_lines(modules):
    """What the modules take before they are packed into the shelf, the largest first; nothing for a slot without its build."""
    sizes = sorted(((path.stat().st_size, path.relative_to(modules).as_posix()) for path in modules.rglob("*.mpy")), reverse=True)
    if not sizes:
        return []
    return ["  unpacked modules         %7d" % sum(size for size, _ in sizes)] + ["    %-22s %7d" % (name, size) for size, name in sizes]


def flash_bytes(flash):
    """Bytes of all files of a slot."""
    return sum(path.stat().st_size for path in flash.rglob("*") if path.is_file())


def weight(static, template):
    """(requests, bytes) of a first view of the page `template`, before its values: page, style sheet and script, with headers."""
    page = (static / (template + ".page")).read_bytes()
    index_bytes = int.from_bytes(page[:2], "little")
    total = len(page) - 2 - index_bytes
    linked = LINKED.findall(_text(page[2 + index_bytes :]))
    total += sum((static / (name.decode().rpartition("/")[2] + ".gz")).stat().st_size for name in linked)
    return 1 + len(linked), total + (1 + len(linked)) * HEAD_BYTES


def _text(pieces):
    return zlib.decompressobj(-15).decompress(pieces)


def problems(flash):
    """Sentences about limits that are exceeded."""
    found = []
    if flash_bytes(flash) > build.FLASH_LIMIT_BYTES:
        found.append("%d bytes on flash are more than %d" % (flash_bytes(flash), build.FLASH_LIMIT_BYTES))
    for path, template in PAGES:
        requests, size = weight(flash / "static", template)
        if requests > REQUESTS_LIMIT or size > WEIGHT_LIMIT_BYTES:
            limits = (REQUESTS_LIMIT, WEIGHT_LIMIT_BYTES)
            found.append("%s costs %d requests and %d bytes, more than %d and %d" % ((path, requests, size) + limits))
    return found


def print_table(flash):
    """Print flash and page weights."""
    print("\n".join(flash_table(flash)))
    print("First view over the air (headers counted as %d bytes an answer):" % HEAD_BYTES)
    for path, template in PAGES:
        print("  %-24s %d requests, %d bytes of %d" % ((path,) + weight(flash / "static", template) + (WEIGHT_LIMIT_BYTES,)), flush=True)


def main():
    parser = argparse.ArgumentParser(description="Print what the firmware takes of flash, air and heap.")
    parser.add_argument("--out", type=Path, default=build.BUILD, metavar="DIR", help="a build (default: .build, built now)")
    options = parser.parse_args()
    try:
        flash = build.build(options.out) / "flash"
    except build.BuildFailed as failure:
        print("Cannot build: %s" % failure, file=sys.stderr)
        return 1
    print_table(flash)
    found, reasons = interpreters.available()
    for interpreter in found:
        print("\n".join(heap_table.table(interpreter, flash)), flush=True)
    print("\n".join(reasons))
    for problem in problems(flash):
        print("Too much: %s." % problem)
    return 1 if problems(flash) else 0


if __name__ == "__main__":
    sys.exit(main())
