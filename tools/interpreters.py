"""The MicroPython interpreters tests run on: PyPI's 64-bit one, and Debian 13's for a second version and for 32 bits."""

import collections
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from environment import ENVIRONMENT

PACKAGES = ("micropython", "libc6", "libffi8", "libmbedcrypto16", "libmbedtls21", "libmbedx509-7")
RELEASE = "trixie"
LOADERS = {"amd64": "lib64/ld-linux-x86-64.so.2", "i386": "lib/ld-linux.so.2"}
LIBRARIES = {"amd64": "usr/lib/x86_64-linux-gnu", "i386": "usr/lib/i386-linux-gnu"}
APT_SECONDS = 300
LAUNCHER = """#!/bin/sh
here=%(here)s
exec "$here/%(loader)s" --library-path "$here/%(libraries)s" "$here/usr/bin/micropython" "$@"
"""

Interpreter = collections.namedtuple("Interpreter", "name path version bits")
"""name: for people. path: of an executable file. version: such as (1, 28, 0). bits: of a word, 32 or 64."""


class Unavailable(Exception):
    """An interpreter cannot be had here; its text says why."""


def available(fetch=True):
    """All interpreters that run here, and a sentence for each one that does not: ([Interpreter], [str]).

    With `fetch` Debian's are fetched into the user's cache first, which takes some seconds once.
    """
    found, reasons = [], []
    for title, find in (
        ("MicroPython of PyPI", pypi),
        ("Debian's 32-bit MicroPython", lambda: debian("i386", fetch)),
        ("Debian's 64-bit MicroPython", lambda: debian("amd64", fetch)),
    ):
        try:
            found.append(find())
        except Unavailable as reason:
            reasons.append("%s is not used here: %s." % (title, reason))
    return found, reasons


def pypi():
    """The `micropython` that pip put into `.venv/`, or one on PATH. Raises Unavailable."""
    installed = ENVIRONMENT / "bin" / "micropython"
    path = installed if installed.exists() else shutil.which("micropython")
    if not path:
        raise Unavailable("there is none for this machine on PyPI and none on PATH")
    return examined(path)


def debian(architecture, fetch=True):
    """Debian 13's MicroPython for "i386" or "amd64", unpacked beside its own libraries in the user's cache. Raises Unavailable."""
    if not sys.platform.startswith("linux") or os.uname().machine not in ("x86_64", "i686"):
        raise Unavailable("it needs Linux on an x86 processor")
    home = cache() / ("micropython-" + architecture)
    launcher = home / "micropython"
    if not launcher.exists():
        if not fetch:
            raise Unavailable("it was not fetched yet (tools/check.py does)")
        _unpack(architecture, home)
    return examined(launcher)


def cache():
    """The project's folder in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dewlog"


def examined(path):
    """Ask the interpreter at `path` what it is. Raises Unavailable when it does not run or is no MicroPython."""
    question = "import sys; print(sys.implementation.name, *sys.implementation.version[:3], 64 if sys.maxsize > 1 << 31 else 32)"
    try:
        answer = subprocess.run([str(path), "-c", question], capture_output=True, text=True, timeout=20)
    except OSError as failure:
        raise Unavailable("%s does not run (%s)" % (path, failure.strerror or failure))
    except subprocess.TimeoutExpired:
        raise Unavailable("%s does not answer" % path)
    words = answer.stdout.split()
    if answer.returncode or len(words) != 5 or words[0] != "micropython":
        raise Unavailable("%s does not run as a MicroPython" % path)
    version, bits = tuple(int(word) for word in words[1:4]), int(words[4])
    return Interpreter("MicroPython %d.%d %d-bit" % (version[0], version[1], bits), str(path), version, bits)


def _unpack(architecture, home):
    source = _debian_source()
    work = home.with_name("%s.%d" % (home.name, os.getpid()))
    try:
        tree = work / "tree"
        for folder in ("lists/partial", "archives/partial", "packages", "tree"):
            (work / folder).mkdir(parents=True)
        (work / "debian.sources").write_text(source)
        (work / "status").touch()
        apt = _apt_options(architecture, work)
        _run("apt-get", *apt, "update", cwd=work)
        _run("apt-get", *apt, "download", *("%s:%s" % (name, architecture) for name in PACKAGES), cwd=work / "packages")
        for package in sorted((work / "packages").glob("*.deb")):
            _run("dpkg-deb", "-x", str(package), str(tree), cwd=work)
        loader = _within(tree, LOADERS[architecture])
        launcher = tree / "micropython"
        launcher.write_text(LAUNCHER % {"here": "'%s'" % home, "loader": loader, "libraries": LIBRARIES[architecture]})
        launcher.chmod(0o755)
        if home.exists():
            shutil.rmtree(home)
        tree.rename(home)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _within(tree, path):
    """`path` below `tree`: since the merger of /lib into /usr/lib a package may carry it at either place."""
    for candidate in (path, "usr/" + path):
        if (tree / candidate).exists():
            return candidate
    raise Unavailable("its packages carry no loader")


def _apt_options(architecture, work):
    """A private apt: own lists, own cache, nothing installed, the machine's keys."""
    options = {
        "APT::Architecture": architecture,
        "APT::Architectures::": architecture,
        "Acquire::Languages": "none",
        "Acquire::Retries": "1",
        "Acquire::http::Timeout": "20",
        "APT::Sandbox::User": "",
        "Dir::State::lists": work / "lists",
        "Dir::State::status": work / "status",
        "Dir::Cache": work,
        "Dir::Cache::archives": work / "archives",
        "Dir::Etc::sourcelist": work / "debian.sources",
        "Dir::Etc::sourceparts": "/nonexistent",
    }
    return ["-q"] + [word for name, value in options.items() for word in ("-o", "%s=%s" % (name, value))]


def _run(*command, cwd):
    try:
        ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=APT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        raise Unavailable("%s does not run" % command[0])
    if ran.returncode:
        raise Unavailable("apt cannot fetch it (%s)" % _reason(ran.stderr))


def _reason(said):
    errors = [line for line in said.splitlines() if line.startswith("E:")]
    return errors[0][2:].strip() if errors else "no reason given"


def _debian_source():
    """An apt source for the release we want, where this machine already gets its Debian packages from."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Unavailable("this is not a Debian system")
    folder = Path("/etc/apt")
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            fields = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in stanza.splitlines() if line[:1] not in ("#", " ", ""))
            }
            source = _for_release(fields.get("uris", "").split(" ")[0], fields.get("signed-by", ""))
            if source:
                return source
    for path in [folder / "sources.list"] + sorted(folder.glob("sources.list.d/*.list")):
        for line in path.read_text().splitlines() if path.exists() else ():
            match = re.match(r"deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s", line)
            signed = re.search(r"signed-by=(\S+)", match.group(1) or "") if match else None
            source = _for_release(match.group(2), signed.group(1) if signed else "") if match else None
            if source:
                return source
    raise Unavailable("this machine's apt sources are not Debian's")


def _for_release(address, signed_by):
    """A source stanza when `address` is a Debian archive (and not its security updates), else None."""
    if not address.rstrip("/").endswith("/debian"):
        return None
    keys = signed_by or "/usr/share/keyrings/debian-archive-keyring.gpg"
    return "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n" % (address, RELEASE, keys)
