"""A browser as phones of 2019 have it (Safari 13, Chrome 80): what came later is taken away before a page's scripts run."""

import re
import time
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "web"
WAIT_S = 120
WITHOUT = """
    delete AbortSignal.timeout;
    delete AbortSignal.any;
    delete Array.prototype.at;
    delete String.prototype.at;
    delete String.prototype.replaceAll;
    delete Array.prototype.findLast;
    delete Array.prototype.findLastIndex;
    delete Object.hasOwn;
    delete Promise.any;
    delete Element.prototype.replaceChildren;
    delete Document.prototype.replaceChildren;
    delete DocumentFragment.prototype.replaceChildren;
    delete Blob.prototype.text;
    delete Blob.prototype.arrayBuffer;
    delete window.structuredClone;
    delete window.ResizeObserver;
    delete window.requestIdleCallback;
    delete crypto.randomUUID;
    delete Intl.RelativeTimeFormat;
    delete Intl.PluralRules.prototype.selectRange;
    delete Intl.ListFormat;
    delete Intl.DisplayNames;
    delete Array.prototype.toSorted;
    delete HTMLFormElement.prototype.requestSubmit;
    delete window.AggregateError;
    delete window.WeakRef;
    for (const name of ["ariaBusy", "ariaLabel", "ariaPressed", "inert", "role"]) delete Element.prototype[name];
"""
TOO_NEW = {
    "optional chaining": r"\w\)?\]?\?\.[A-Za-z_(\[]",
    "??": r"\?\?",
    "logical assignment": r"(\|\||&&)=",
    "a private field": r"\bthis\.#",
    "a numeric separator": r"\b\d+_\d",
    "a module": r"^\s*(import|export)\b",
    "await outside of a function": r"^(const .*= )?await ",
}


def too_new(script):
    """What `script` (a file of web/) is written with that a phone of 2019 does not read."""
    source = re.sub(r"^\s*//.*$|/\*.*?\*/", "", (WEB / script).read_text(), flags=re.MULTILINE | re.DOTALL)
    return [name for name, pattern in TOO_NEW.items() if re.search(pattern, source, re.MULTILINE)]


def wait_until(page, expression):
    """Wait for what Playwright's own wait_for_function cannot see: a page whose policy allows no eval."""
    until = time.monotonic() + WAIT_S
    while not page.evaluate(expression):
        assert time.monotonic() < until, "waited for " + expression
        page.wait_for_timeout(50)
