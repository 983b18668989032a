"""Print the checksum of each module as the shelf of the slot argv[1] hands it out. Standard input: lines of name and length."""

import binascii
import os
import sys

sys.path.insert(0, sys.argv[1])
import shelf  # noqa: E402

shelf.mount()
for line in sys.stdin:
    name, length = line.split()
    content = bytearray(int(length))
    read = open(sys.path[1] + "/" + name, "rb").readinto(content)
    print(binascii.crc32(content[:read]))
print(os.stat(sys.path[1])[0], os.stat(sys.path[1] + "/app.mpy")[0])
for missing in ("nothing.mpy", "nothing/app.mpy", "app.py"):
    try:
        open(sys.path[1] + "/" + missing, "rb")
        print("found", missing)
    except OSError as error:
        print(error.errno)
