"""What the build makes of web/: complete, small, the same every time, and nothing that a phone of 2019 cannot read."""

import gzip
import hashlib
import re
import zlib
from pathlib import Path

import pytest
import web_files as build
from web_files import WebFailed, gzipped, web_files

WEB = Path(__file__).resolve().parents[2] / "web"
FILES = web_files(WEB)
TEXTS = {name[len("static/") : -len(".gz")]: gzip.decompress(content).decode() for name, content in FILES.items()}
PAGES = sorted(path.name for path in WEB.glob("*.html"))
MOST_BYTES = 14000
MOST_REQUESTS = 4
DATA_BYTES = 700
"""What a page asks of the device before it is of use: one JSON document, such as five networks or the latest reading."""
BLOCK_BYTES = 4096
MOST_ON_FLASH_BYTES = 160 * 1024


def addresses(page):
    return re.findall(r'(?:href|src|data-\w+)="/static/(.+?)"', TEXTS[page])


def size(name):
    return len(FILES["static/%s.gz" % name])


def test_the_same_sources_give_the_same_bytes():
    assert web_files(WEB) == FILES
    content = FILES["static/setup.html.gz"]
    assert content[:4] == b"\x1f\x8b\x08\x00" and content[4:8] == bytes(4), "no name, no time"


@pytest.mark.parametrize("name", FILES)
def test_a_file_can_be_unpacked_with_a_window_of_2_kb(name):
    unpacker = zlib.decompressobj(11 + 16)
    assert unpacker.decompress(FILES[name]) + unpacker.flush() == TEXTS[name[len("static/") : -len(".gz")]].encode()


@pytest.mark.parametrize("page", PAGES)
def test_all_that_a_page_names_is_there_and_has_its_content_in_its_name(page):
    for name in addresses(page):
        assert hashlib.sha256(TEXTS[name].encode()).hexdigest()[:8] == name.rpartition(".")[0].rpartition("-")[2]
    others = re.findall(r'\b(?:href|src|action)="([^"]*)"', TEXTS[page])
    assert all(re.match(r"/[\w./-]*$|#|data:", address) for address in others), "nothing from elsewhere"


def test_nothing_is_built_that_no_page_names():
    assert set(TEXTS) == set(PAGES) | {name for page in PAGES for name in addresses(page)}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_static_and_has_no_code_in_it(page):
    text = TEXTS[page]
    assert "{{" not in text and "<!--" not in text
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|javascript:|<link rel=\"stylesheet\"", text)
    assert re.search(r'<html lang="en">', text) and re.search(r'<meta name="viewport" content="width=device-width, initial-scale=1">', text)
    assert "user-scalable" not in text


@pytest.mark.parametrize("page", PAGES)
def test_the_first_useful_view_is_light(page):
    """The page with its style, one script, the words of one language, one document."""
    scripts = re.findall(r'<script defer src="/static/(.+?)">', TEXTS[page])
    words = re.findall(r'hreflang="\w+".* href="/static/(.+?)"', TEXTS[page])
    total = size(page) + sum(map(size, scripts)) + max(map(size, words), default=0)
    print("%-14s %d + %d + %s = %d bytes" % (page, size(page), sum(map(size, scripts)), [size(name) for name in words], total))
    assert 1 + len(scripts) + bool(words) + 1 <= MOST_REQUESTS
    assert total <= MOST_BYTES - (DATA_BYTES if page in ("readings.html", "proof.html", "settings.html") else 0)


def test_the_pages_take_little_flash():
    assert sum(-(-len(content) // BLOCK_BYTES) * BLOCK_BYTES for content in FILES.values()) <= MOST_ON_FLASH_BYTES


def test_a_page_that_names_what_is_not_there_is_refused(tmp_path):
    for line in ('<link rel="stylesheet" href="a.css">', '<script defer src="a.js"></script>', '<link rel="icon" href="a.json">'):
        (tmp_path / "page.html").write_text("<!DOCTYPE html>\n" + line)
        with pytest.raises(WebFailed, match=r"a\.(css|js|json), which is not in"):
            web_files(tmp_path)


def test_neighbours_are_joined_and_comments_left_out(tmp_path):
    (tmp_path / "a.css").write_text("/* about\n   a */\nb { color: red; }\n")
    (tmp_path / "b.css").write_text("  i { top: 0; }\n")
    (tmp_path / "a.js").write_text('// about\n"use strict";\n/** About.\n * More. */\nfunction a() {\n  return "http://x"; // why\n}\n')
    (tmp_path / "b.js").write_text("a();\n")
    (tmp_path / "page.html").write_text(
        '<!DOCTYPE html>\n<!-- about\n -->\n<link rel="stylesheet" href="a.css">\n<link rel="stylesheet" href="b.css">\n'
        '<script defer src="a.js"></script>\n<script defer src="b.js"></script>\n  <p>1\n'
    )
    files = {name: gzip.decompress(content).decode() for name, content in web_files(tmp_path).items()}
    assert sorted(files) == ["static/b-%s.js.gz" % hashlib.sha256(files[min(files)].encode()).hexdigest()[:8], "static/page.html.gz"]
    assert files[min(files)] == '"use strict";\nfunction a() {\nreturn "http://x";\n}\na();\n'
    page = files["static/page.html.gz"]
    assert page.startswith("<!DOCTYPE html>\n<style>\nb{color:red;}\ni{top:0;}\n</style>\n<script defer src=")
    assert page.endswith("<p>1\n")


def test_scripts_that_come_later_are_joined(tmp_path):
    (tmp_path / "a.js").write_text("a();\n")
    (tmp_path / "b.js").write_text("b();\n")
    (tmp_path / "c.css").write_text('b { content: "–"; }\n')
    (tmp_path / "page.html").write_text('<!DOCTYPE html>\n<p data-script="c.css a.js b.js">1\n')
    files = {name: gzip.decompress(content).decode() for name, content in web_files(tmp_path).items()}
    script = 'append(document.head, "style", "b{content:\\"–\\";}\\n");\na();\nb();\n'
    name = "b-%s.js" % hashlib.sha256(script.encode()).hexdigest()[:8]
    assert files["static/%s.gz" % name] == script
    assert '<p data-script="/static/%s">' % name in files["static/page.html.gz"]


def test_a_style_means_the_same_without_its_spaces(tmp_path):
    rule = 'a > :last-child,\nb :hover { margin: 0 0 -.5em; font: 1em "Segoe UI", serif; content: "–" / ""; }\n'
    (tmp_path / "a.css").write_text(rule + "@media (max-width: 9em) { a { top: 0; } }\n")
    (tmp_path / "page.html").write_text('<!DOCTYPE html>\n<link rel="stylesheet" href="a.css">\n<p>1\n')
    page = gzip.decompress(web_files(tmp_path)["static/page.html.gz"]).decode()
    assert 'a > :last-child,b :hover{margin:0 0 -.5em;font:1em "Segoe UI",serif;content:"–" / "";}@media (max-width:9em){a{top:0;}}' in page


def test_packing_is_as_good_as_the_window_allows():
    assert len(gzipped(b"a" * 10000)) < 100 and build.WINDOW_BITS == 12


# --- what a phone of 2019 cannot read ---

STRING = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
REGEX = r"(?<=[(,=:\[!&|?{};\n])\s*/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*"
TOO_NEW_SYNTAX = {
    r"\?\.(?!\d)": "optional chaining: Safari 13.1",
    r"\?\?": "nullish coalescing: Safari 13.1",
    r"(?:\|\||&&)=": "logical assignment: Safari 14",
    r"\d_\d": "numeric separators: Chrome 75",
    r"[\s{.]#\w+\s*[=(;]": "private fields: Safari 14.1",
    r"\bstatic\s*\{": "static blocks: Safari 16.4",
    r"\bimport\b|\bexport\b": "modules: the scripts are joined",
    r"\d+n\b": "BigInt: Safari 14",
}
TOO_NEW_NAMES = set(
    "BroadcastChannel DisplayNames ListFormat RelativeTimeFormat ResizeObserver WeakRef allSettled any ariaBusy ariaLabel ariaPressed "
    "at checkVisibility dateStyle findLast findLastIndex groupBy hasOwn inert matchAll randomUUID replaceAll replaceChildren "
    "requestIdleCallback requestSubmit scrollend showModal startViewTransition structuredClone submitter timeStyle timeout toReversed "
    "toSorted toSpliced".split()
)
"""Names behind a dot (or in quotes, for options) that Safari 13 or Chrome 80 does not know."""


def code_of(script):
    """The script without comments, and with empty strings and regular expressions; what stands in ${} of a template stays."""
    comment = re.compile(r"%s|/\*.*?\*/|(?<![:\\])//[^\n]*" % STRING, re.DOTALL)
    script = comment.sub(lambda match: match[0] if match[0][0] in "\"'" else " ", script)
    script = re.sub(REGEX, "/x/", script)
    script = re.sub(STRING, '""', script)
    return re.sub(r"`[^`]*`", lambda match: " ".join(re.findall(r"\$\{([^}]*)\}", match[0])), script)


def too_new(script):
    code = code_of(script)
    found = [why for pattern, why in TOO_NEW_SYNTAX.items() if re.search(pattern, code)]
    return found + sorted(TOO_NEW_NAMES & set(re.findall(r"\.\s*(\w+)\b", code) + re.findall(r"\b(\w+Style)\s*:", code)))


@pytest.mark.parametrize("path", sorted(WEB.glob("*.js")), ids=lambda path: path.name)
def test_a_script_has_nothing_that_a_phone_of_2019_cannot_read(path):
    script = path.read_text("utf-8")
    assert not too_new(script)
    assert not re.search(r"\(\?<[=!]", script), "looking behind: Safari 16.4"
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)


@pytest.mark.parametrize(
    "script",
    ["a?.b;", "a ?? b", "a ||= 1", "a.at(-1)", 'x.replaceAll("a", "b")', "AbortSignal.timeout(1)", "`${a?.b}`", "class A { #b = 1; }"],
)
def test_what_is_too_new_is_found(script):
    assert too_new(script)


@pytest.mark.parametrize("script", ["a ? .5 : b;", '"a?.b ?? c"', "x = /a?.b/;", "// a?.b\n", "`a?.b`", "a.catch(() => {});"])
def test_what_only_looks_too_new_is_not(script):
    assert not too_new(script)


@pytest.mark.parametrize("path", sorted(WEB.glob("*.css")), ids=lambda path: path.name)
def test_a_style_has_nothing_that_matters_and_that_a_phone_of_2019_does_not_know(path):
    """A selector that is not understood takes its whole rule away."""
    rules = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r":is\(|:where\(|:has\(|:not\([^)]*,|@layer|@container", rules)
    assert not re.search(r"\binset\s*:|aspect-ratio|\brotate\s*:|color-mix|\d[sld]vh", rules)
    assert not re.search(r"(?m)^[^{}]*\{[^{}]*\{[^{}@]*&", rules), "nested rules"
