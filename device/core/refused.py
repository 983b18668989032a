"""A request that is refused."""


class Refused(Exception):
    """This request gets `args[0]` (the status) and `args[1]` (a sentence) instead of an answer."""
