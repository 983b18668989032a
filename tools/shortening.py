"""The firmware's names, shortened for the board: each different name that a .mpy brings along takes about 20 bytes of heap for good.

Readers want many exact names, the board wants few. So the build gives private names and parameters short ones that all modules
share. No line moves: a crash record still tells the true one.
"""

import ast
import re


class NotShortened(Exception):
    """A module is written in a way that cannot be shortened safely; the text says where."""


def shorten(sources):
    """{module ("core.dht"): source} of the whole firmware -> the same, shortened. Raises NotShortened and SyntaxError."""
    words = _Words(sources)
    return {module: _renamed(module, source, words) for module, source in sources.items()}


class _Words:
    """What the firmware says, and so what cannot be renamed.

    texts: words in quotes (getattr, hasattr). keywords: names that arguments are passed by, those in routes such as <name> included.
    users: {name: the modules that ask another object or module for it}.
    """

    def __init__(self, sources):
        self.texts, self.keywords, self.users = set(), set(), {}
        for module, source in sources.items():
            nodes = list(ast.walk(ast.parse(source)))
            bound = {name for node in nodes for name in _bound_names(node)}
            for node in nodes:
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    self.texts.update(re.findall(r"^\w+$", node.value))
                    self.keywords.update(re.findall(r"(?<=[<:])\w+(?=>)", node.value))
                elif isinstance(node, ast.keyword):
                    self.keywords.add(node.arg)
                elif isinstance(node, ast.alias) or isinstance(node, ast.Attribute) and not _is_own(node, bound):
                    self.users.setdefault(node.name if isinstance(node, ast.alias) else node.attr, set()).add(module)


def _is_own(attribute, bound):
    """True for `self.name` where the module itself defines the name, and so inherits it from no other."""
    return isinstance(attribute.value, ast.Name) and attribute.value.id == "self" and attribute.attr in bound


class _Source:
    """A source that is edited in place, by the positions of its syntax tree."""

    def __init__(self, source):
        self.tree = ast.parse(source)
        self._lines = source.encode().split(b"\n")
        self._edits = []

    def replace_name(self, node, name, text):
        """Put `text` where the node, which may start before it (`async def name`), first says `name`; for an attribute: last."""
        if isinstance(node, ast.Attribute):
            line, first = node.end_lineno, node.end_col_offset - len(name)
        else:
            line = node.lineno
            first = re.compile(rb"\b%s\b" % name.encode()).search(self._lines[line - 1], node.col_offset).start()
        self._edits.append((line, first, first + len(name), text))

    def text(self):
        for line, first, last, text in sorted(self._edits, reverse=True):
            content = self._lines[line - 1]
            self._lines[line - 1] = content[:first] + text.encode() + content[last:]
        return b"\n".join(self._lines).decode()


def _renamed(module, source, words):
    edited = _Source(source)
    _rename_private(module, edited, words)
    _rename_parameters(edited, edited.tree, words, 0)
    return edited.text()


def _rename_private(module, edited, words):
    """`_names` that only this module mentions become _a, _b ..."""
    nodes = list(ast.walk(edited.tree))
    private = sorted({name for node in nodes for name in _bound_names(node) if re.match("_[A-Za-z]", name)})
    free = [name for name in private if name not in words.texts and words.users.get(name, set()) <= {module}]
    short = {name: "_" + _letters(index) for index, name in enumerate(free)}
    if set(short.values()) & (set(private) - set(free)) or any(isinstance(node, (ast.Global, ast.Nonlocal)) for node in nodes):
        raise NotShortened("%s says `global`, or has names that are as short as the shortened ones" % module)
    for node in nodes:
        name = next((name for name in _said_names(node) if name in short), None)
        if name:
            edited.replace_name(node, name, short[name])


def _rename_parameters(edited, scope, words, taken):
    """Parameters that nobody passes by name become _0, _1 ...; those of a function in a function go on counting."""
    for child in ast.iter_child_nodes(scope):
        count = taken
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            count += _rename_parameters_of(edited, child, words, taken)
        _rename_parameters(edited, child, words, count)


def _rename_parameters_of(edited, function, words, taken):
    rebound = {name for statement in function.body for node in ast.walk(statement) for name in _bound_in_a_scope_of_its_own(node)}
    kept = words.keywords | rebound | {"self"}
    free = [argument for argument in _arguments(function) if argument.arg not in kept]
    short = {argument.arg: "_%d" % (taken + index) for index, argument in enumerate(free)}
    for argument in free:
        edited.replace_name(argument, argument.arg, short[argument.arg])
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in short:
                edited.replace_name(node, node.id, short[node.id])
    return len(short)


def _bound_names(node):
    """The names that this node gives to something."""
    if isinstance(node, ast.Attribute):
        return [node.attr] if isinstance(node.ctx, ast.Store) else []
    if isinstance(node, ast.Name):
        return [node.id] if isinstance(node.ctx, ast.Store) else []
    if isinstance(node, ast.arg):
        return [node.arg]
    return [node.name] if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else []


def _said_names(node):
    """The names that this node mentions in any way."""
    if isinstance(node, ast.Attribute):
        return [node.attr]
    return [node.id] if isinstance(node, ast.Name) else _bound_names(node)


def _bound_in_a_scope_of_its_own(node):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return [argument.arg for argument in _arguments(node)]
    if isinstance(node, ast.comprehension):
        return [name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)]
    return [node.name] if isinstance(node, ast.ExceptHandler) and node.name else []


def _arguments(function):
    arguments = function.args
    return arguments.posonlyargs + arguments.args + arguments.kwonlyargs + [rest for rest in (arguments.vararg, arguments.kwarg) if rest]


def _letters(index):
    """a, b ... z, aa, ab ..."""
    letters = ""
    while index >= 0:
        letters = chr(ord("a") + index % 26) + letters
        index = index // 26 - 1
    return letters
