"""Power-on: start the app from the slot that /active names."""

import sys

with open("/active") as file:
    sys.path.insert(0, "/" + file.read().strip())

import app  # noqa: E402

app.start()
