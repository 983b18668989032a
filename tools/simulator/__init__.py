"""The virtual ESP32: the chip, the flash, the air and the internet around it."""
