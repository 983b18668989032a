"""ESP-IDF's heap, as the supervisor accounts for it."""

from stand_ins import gc, link

HEAP_DATA, HEAP_EXEC = 4, 1


def idf_heap_info(capabilities):
    """[(total, free, largest block, lowest free)] in bytes."""
    return [tuple(region) for region in link.ask("heap_info", gc.live())]
