"""Style sheets, scripts and pages without what only their authors need: comments and indentation. Nothing is renamed or rewritten."""

import re

CSS_STRING = re.compile(r"""("[^"]*")""")
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


class NotSlimmed(Exception):
    """A file is written in a way that slimming could break; the text says how."""


def slim(name, text):
    """`text` (bytes) of the file `name`, slimmed when its kind is known. Raises NotSlimmed."""
    for extension, slimmer in ((".css", _css), (".js", _script), (".html", _page)):
        if name.endswith(extension):
            return slimmer(text.decode()).encode()
    return text


def _css(text):
    """What stands in double quotes stays as it is."""
    parts = CSS_STRING.split(CSS_COMMENT.sub("", text))
    parts[::2] = [re.sub(r" ?([{};,]) ?", r"\1", re.sub(r"\s+", " ", part)).replace(";}", "}") for part in parts[::2]]
    return "".join(parts).strip() + "\n"


def _script(text):
    """Lines lose their indentation, and those that are nothing but comment go; newlines stay, as they may end statements."""
    kept = []
    in_comment = False
    for line in text.splitlines():
        line = line.strip()
        if line.count("`") % 2:
            raise NotSlimmed("a template string goes over several lines: %s" % line)
        in_comment = in_comment or line.startswith("/*")
        if line and not in_comment and not line.startswith("//"):
            kept.append(line)
        if in_comment and "*/" in line:
            in_comment = False
    return "\n".join(kept) + "\n"


def _page(text):
    if "<pre" in text:
        raise NotSlimmed("it has <pre>, where spaces count")
    lines = (line.strip() for line in HTML_COMMENT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line) + "\n"
