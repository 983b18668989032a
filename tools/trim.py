"""Microdot without what the firmware never uses.

Once imported, Microdot 2.7 takes 20 kB of a heap that has to make do with 64. More than half of it is for others: its own server
loop, JSON and multipart bodies, mounted applications, files, cookies with dates. So the build leaves out of the installed,
unchanged package what cannot be reached from the names that device/ mentions. There is no list to keep up: when device/ begins to
use something, the next build brings it back.
"""

import ast
from pathlib import Path

DEVICE = Path(__file__).resolve().parent.parent / "device"

ABSENT_ON_THE_BOARD = ("orjson", "inspect")
"""Modules that Microdot tries to import before it takes what MicroPython has."""

COMMON_NAMES = set("args create delete files form json mount patch put query run send_file shutdown stream".split())
"""Names that many objects have. Mentioning one counts only on something that HANDLES says is Microdot's."""

HANDLES = {"app", "_app", "request", "req", "response", "res", "Microdot", "Request", "Response"}

ONLY_WITH = {
    "mount": {"req.subapp": None},
    "_vary": {"hasattr(req.g, '_vary')": False},
    "start_server": {
        "self.debug": False,
        "req": True,
        "req.content_length > req.max_content_length": False,
        "exc.errno in MUTED_SOCKET_ERRORS or exc.args[0] == 'Connection lost'": False,
    },
    "before_request": {"self.get_request_handlers(req, 'before_request', False)": []},
    "after_request": {"self.get_request_handlers(req, 'after_request', True)": [], "req.after_request_handlers": []},
    "after_error_request": {"self.get_request_handlers(req, 'after_error_request', True)": []},
}
"""What is known of Microdot's expressions as long as a name is not used: without `mount` no request has a `subapp`. Another server than
Microdot's own hands in whole requests within its limits, and knows itself what a visitor means who has gone."""

ON_MICROPYTHON = {"hasattr(cls, 'mro')": False}


ROUTING = ("route", "get")
"""The decorators of a Microdot that COMMON_NAMES leaves; `get` comes with `route`, as a dict's `get` is something else."""


class TrimFailed(Exception):
    """Microdot no longer looks as expected; the text says where."""


def microdot_package(*more_users):
    """Microdot's package for device/ and the Python files `more_users`: path to source.

    Raises TrimFailed.
    """
    import microdot

    names, attributes = {"Microdot", "Request", "Response"}, set()
    for user in sorted(DEVICE.rglob("*.py")) + list(more_users):
        imported, mentioned = _asked_of_microdot(ast.parse(user.read_text()))
        names |= imported
        attributes |= mentioned
    core = trimmed((Path(microdot.__file__).parent / "microdot.py").read_text(), names, attributes)
    exported = sorted(names & {name for statement in ast.parse(core).body for name in _defines(statement)})
    return {"microdot/__init__.py": "from microdot.microdot import %s\n" % ", ".join(exported), "microdot/microdot.py": core}


def trimmed(source, names, attributes):
    """Microdot's `source` without what cannot be reached from the module's `names` and its classes' `attributes`. Raises TrimFailed."""
    module = _OnTheBoard(attributes).visit(ast.parse(source))
    defined = {name for body in _bodies(module) for statement in body for name in _defines(statement)}
    if not {"Microdot", "Request", "Response"} <= defined:
        raise TrimFailed("microdot.py defines no Microdot, Request and Response any more: see tools/trim.py")
    if "route" not in attributes:
        _drop_routing(module)
    before = None
    while before != (before := ast.unparse(module)):
        _drop_dead_stores(module, attributes)
        _drop_dead_handlers(module, names)
        reached_names, reached_attributes = _reached(module, names, attributes)
        for body in _bodies(module):
            reached = reached_names if body is module.body else reached_attributes
            body[:] = [statement for statement in body if _is_kept(statement, reached)] or [ast.Pass()]
    return before + "\n"


def _drop_routing(module):
    for owner in module.body:
        if isinstance(owner, ast.ClassDef) and owner.name == "Microdot":
            owner.body = [member for member in owner.body if getattr(member, "name", "") not in ROUTING]


def _asked_of_microdot(tree):
    """What a file imports from Microdot, and every attribute it mentions except the common ones of other things."""
    names, attributes = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("microdot"):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if node.attr not in COMMON_NAMES or owner in HANDLES:
                attributes.add(node.attr)
            if node.attr in ROUTING and owner in HANDLES:
                attributes.add("route")
    return names, attributes


def _bodies(module):
    """The lists of statements that hold definitions: the module's and its classes'."""
    return [module.body] + [node.body for node in module.body if isinstance(node, ast.ClassDef)]


def _defines(statement):
    """The names a statement is there for; nothing when it must stay anyway."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [getattr(target, "id", None) or target.attr for target in statement.targets]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name for alias in statement.names]
    return []


def _is_kept(statement, reached):
    names = _defines(statement)
    return not names or any(name in reached or (name.startswith("__") and name != "__repr__") for name in names)


def _reached(module, names, attributes):
    """All names and attributes that can be reached from the given ones: what is reached reaches what it mentions."""
    names, attributes = set(names), set(attributes)
    size = -1
    while size != len(names) + len(attributes):
        size = len(names) + len(attributes)
        for statement in module.body:
            if not _is_kept(statement, names):
                continue
            parts = [statement]
            if isinstance(statement, ast.ClassDef):
                parts = statement.bases + [member for member in statement.body if _is_kept(member, attributes)]
            for node in (node for part in parts for node in ast.walk(part)):
                if isinstance(node, ast.Name):
                    names.add(node.id)
                elif isinstance(node, ast.Attribute):
                    attributes.add(node.attr)
    return names, attributes


def _drop_dead_stores(module, attributes):
    """Take away `self.x = ...` and `req.x = ...` where nobody reads x. Names in "_handlers" may be read through getattr."""
    exceptions = {node.name for node in ast.walk(module) if isinstance(node, ast.ExceptHandler)}
    loads = set(attributes)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and node.value == "_handlers":
            loads.update(one.attr for one in ast.walk(module) if isinstance(one, ast.Attribute) and one.attr.endswith(node.value))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and getattr(node.value, "id", "") not in exceptions:
            loads.add(node.attr)
    for node in ast.walk(module):
        for field in ("body", "orelse"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                statements[:] = [one for one in statements if not _is_dead_store(one, loads)] or ([ast.Pass()] if field == "body" else [])


def _is_dead_store(statement, loads):
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Attribute):
        return False
    target = statement.targets[0]
    return (
        len(statement.targets) == 1
        and getattr(target.value, "id", "") in HANDLES | {"self"}
        and target.attr not in loads
    )


def _drop_dead_handlers(module, names):
    """Take away `except X` where X is an exception of the module's own that nobody raises."""
    caught = {id(node.type) for node in ast.walk(module) if isinstance(node, ast.ExceptHandler)}
    said = names | {node.id for node in ast.walk(module) if isinstance(node, ast.Name) and id(node) not in caught}
    unknown = {statement.name for statement in module.body if isinstance(statement, ast.ClassDef)} - said
    for node in ast.walk(module):
        if isinstance(node, ast.Try):
            node.handlers = [one for one in node.handlers if getattr(one.type, "id", "") not in unknown]


class _OnTheBoard(ast.NodeTransformer):
    """Settles what is known beforehand: imports that fail on the board, conditions that can only go one way, docstrings."""

    def __init__(self, attributes):
        self._known = dict(ON_MICROPYTHON)
        for name, values in ONLY_WITH.items():
            if name not in attributes:
                self._known.update(values)

    def visit_Try(self, node):
        imported = {getattr(one, "module", None) or one.names[0].name for one in node.body if isinstance(one, (ast.Import, ast.ImportFrom))}
        if imported & set(ABSENT_ON_THE_BOARD):
            return [self.visit(statement) for statement in node.handlers[0].body]
        if imported:
            return node.body
        node = self.generic_visit(node)
        only_raise = [{type(statement) for statement in handler.body} - {ast.Pass} == {ast.Raise} for handler in node.handlers]
        return node.body if all(only_raise) and not node.finalbody else node

    def visit_If(self, node):
        truth = self._truth(node.test)
        if truth is None:
            return self.generic_visit(node)
        kept = node.body if truth else node.orelse
        return [changed for one in kept for changed in _as_list(self.visit(one))] or ast.Pass()

    def visit_For(self, node):
        return ast.Pass() if self._truth(node.iter) is False else self.generic_visit(node)

    def visit_IfExp(self, node):
        truth = self._truth(node.test)
        if truth is None:
            return self.generic_visit(node)
        return self.visit(node.body if truth else node.orelse)

    def visit_Expr(self, node):
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def _truth(self, test):
        """True or False when `test` can only be that, None when it depends."""
        text = ast.unparse(test)
        if text in self._known:
            return bool(self._known[text])
        if isinstance(test, ast.BoolOp):
            decisive = isinstance(test.op, ast.Or)
            if decisive in [self._truth(part) for part in test.values]:
                return decisive
        return None


def _as_list(nodes):
    return nodes if isinstance(nodes, list) else [nodes]
