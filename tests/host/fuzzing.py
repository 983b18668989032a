"""How hard the fuzz tests try: bounded and repeatable in a check, for as long as asked for with tools/fuzz.py."""

import os

from hypothesis import HealthCheck, settings

LONG = "DEWLOG_FUZZ_EXAMPLES"
"""tools/fuzz.py sets this environment variable to the number of examples a test may take."""


def effort(examples, **more):
    """Settings for a fuzz test that takes `examples` in a check."""
    asked = os.environ.get(LONG)
    return settings(
        max_examples=int(asked or examples),
        derandomize=not asked,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        **more,
    )
