"""The device's name server on this computer. Arguments: the address and the port."""

import asyncio
import sys

from hardware.hotspot import serve

asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
