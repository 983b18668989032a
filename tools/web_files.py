"""The pages as the device serves them: each one compressed file, its assets named by their content.

What a page may name, and what becomes of it:
  <link rel="stylesheet" href="a.css">   neighbours are joined and stand in the page as one <style>
  <script defer src="a.js"></script>     neighbours are joined to one asset with the name of the last
  data-script="a.css a.js b.js"          scripts that come later: one asset, too; it puts the styles among them into the page
  any other href or src of the folder    an asset of its own
  href="words/de.json"                   an asset with the section "shared" and those that <meta name="words"> names (else that of the page)
  data-codes="words/de.json"             an asset with the sections of LATER
An asset lies under /static/ as name-3f2a9c01.ext: what changes gets another name, so that browsers may keep it for good.
"""

import hashlib
import json
import re
import zlib
from pathlib import Path

WINDOW_BITS = 12
"""4 kB: what the board can spare to unpack a file for a client without gzip."""
LATER = ["codes", "fields", "file", "update"]
"""What is said in answer to something is loaded after the other words, by every page."""

_STYLES = re.compile(r'(?:<link rel="stylesheet" href="[^":/]+">\s*)+')
_SCRIPTS = re.compile(r'(?:<script defer src="[^":/]+"></script>\s*)+')
_NAMED = re.compile(r'(href|src|data-codes|data-script)="(\w[\w./ -]*)"')


class WebFailed(Exception):
    """A page names what is not there; the text says which."""


def web_files(folder):
    """{"static/setup.html.gz": content, ...} of all pages in `folder` and of what they name. The same sources give the same bytes."""
    folder = Path(folder)
    files = {}
    for path in sorted(folder.glob("*.html")):
        files[path.name] = _page(folder, path.stem, path.read_text("utf-8"), files).encode()
    return {"static/%s.gz" % name: gzipped(content) for name, content in sorted(files.items())}


def gzipped(content):
    """The content as a gzip file without name and time, to be unpacked with a window of 4 kB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, WINDOW_BITS + 16, 9)
    return packer.compress(content) + packer.flush()


def _page(folder, page, source, files):
    """The page as it is served; its assets are put into `files`."""
    sections = re.search('<meta name="words" content="(.+?)">', source)

    def style(match):
        return "<style>\n%s</style>\n" % "".join(_text(folder, name) for name in re.findall('href="(.+?)"', match[0]))

    def script(match):
        return '<script defer src="%s"></script>\n' % joined(re.findall('src="(.+?)"', match[0]))

    def joined(names):
        return _asset(names[-1], "".join(_script(folder, name) for name in names), files)

    def named(match):
        attribute, name = match.groups()
        if name.startswith("words/"):
            wanted = LATER if attribute == "data-codes" else ["shared", *(sections[1] if sections else page).split()]
            return '%s="%s"' % (attribute, _asset(name, _words(folder, name, wanted), files))
        return '%s="%s"' % (attribute, joined(name.split()))

    html = re.sub("<!--.*?-->", "", source, flags=re.DOTALL)
    html = _STYLES.sub(style, _SCRIPTS.sub(script, html))
    return _shortened(_NAMED.sub(named, html))


def _words(folder, name, wanted):
    """The sections `wanted` of a words file: no page needs all."""
    everything = json.loads(_read(folder, name))
    return _compact({section: everything[section] for section in wanted})


def _asset(name, text, files):
    content = text.encode()
    stem, _, ending = name.rpartition("/")[2].rpartition(".")
    asset = "%s-%s.%s" % (stem, hashlib.sha256(content).hexdigest()[:8], ending)
    files[asset] = content
    return "/static/" + asset


def _script(folder, name):
    """A script; a style as one: what only comes into sight later shall not make the first view heavier, and shall not be a file more."""
    text = _text(folder, name)
    return 'append(document.head, "style", %s);\n' % json.dumps(text, ensure_ascii=False) if name.endswith(".css") else text


def _text(folder, name):
    """A file without what only its readers need."""
    text = _read(folder, name)
    if name.endswith(".json"):
        return _compact(json.loads(text))
    if name.endswith((".js", ".css")):
        text = re.sub(r"^\s*/\*.*?\*/[^\S\n]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    if name.endswith(".css"):
        return re.sub(r"\s*([{};,])\s*|(?<=:)\s+", r"\1", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip() + "\n"
    if name.endswith(".js"):
        text = re.sub(r"^\s*//.*$|\s// [^\"'`\n]*$", "", text, flags=re.MULTILINE)
    return _shortened(text)


def _read(folder, name):
    try:
        return (folder / name).read_text("utf-8")
    except FileNotFoundError:
        raise WebFailed("A page names %s, which is not in %s." % (name, folder)) from None


def _compact(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _shortened(text):
    """Without indentation and empty lines: no file of web/ has a text of several lines in which they would mean something."""
    return "".join(line.strip() + "\n" for line in text.splitlines() if line.strip())
