"""Pure logic: no hardware, no sockets, no files, no clock, no asyncio."""
