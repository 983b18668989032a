"""The modules' names on the board: as short as those of functions, and without folders.

A module that is imported leaves its name in memory for good, and the path of its file; one in a folder leaves three. Nobody looks at these
names there: tools/crash_places.py turns them back.
"""

import ast
import re

LOADERS = ("load", "forget")
"""The functions of core/on_demand.py, whose first argument is the name of a module."""


class NotRenamed(Exception):
    """A module cannot have another name; the text says why."""


def board_names(sources, words, kept):
    """{module ("core.dht"): its name on the board} of `sources`: {module: source}. Packages are left out: on the board there are none.

    The names are the first of `words` that are no module's. A module keeps its name when it is `kept` or when a text mentions it, such as
    a table of paths. Raises NotRenamed for a package that has more to it than its docstring.
    """
    packages = {module.rpartition(".")[0] for module in sources} - {""}
    for package in packages & set(sources):
        if not all(isinstance(statement, ast.Expr) for statement in ast.parse(sources[package]).body):
            raise NotRenamed("%s is not there on the board: move what its __init__.py defines" % package)
    kept = set(kept).union(*(_mentioned(ast.parse(source)) for source in sources.values()))
    free = (word for word in words if word not in sources)
    return {module: module if module in kept else next(free) for module in sorted(set(sources) - packages)}


def renamed(source, names):
    """The module `source` with other modules under their names on the board. Raises NotRenamed."""
    return ast.unparse(_Renamer(names).visit(ast.parse(source))) + "\n"


def _mentioned(tree):
    """The words in texts, but for what is loaded."""
    loaded = {id(node.args[0]) for node in ast.walk(tree) if is_load(node)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in loaded]
    return {word for text in texts if isinstance(text, str) for word in re.findall(r"\w+", text)}


def is_load(node):
    """Whether the syntax tree `node` is a call that imports the module it names."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in LOADERS and isinstance(node.args[0], ast.Constant)


class _Renamer(ast.NodeTransformer):
    def __init__(self, names):
        self._names = names

    def visit_Call(self, node):
        if is_load(node):
            node.args[0] = ast.Constant(self._names.get(node.args[0].value, node.args[0].value))
        return self.generic_visit(node)

    def visit_Import(self, node):
        for alias in node.names:
            name = self._names.get(alias.name, alias.name)
            if "." in alias.name and alias.name in self._names and not alias.asname:
                raise NotRenamed("write `from ... import` instead of `import %s`" % alias.name)
            if name != alias.name:
                alias.name, alias.asname = name, alias.asname or alias.name
        return node

    def visit_ImportFrom(self, node):
        modules, others = [], []
        for alias in node.names:
            name = self._names.get("%s.%s" % (node.module, alias.name))
            if name:
                modules.append(ast.Import([ast.alias(name, alias.asname or alias.name)]))
            else:
                others.append(alias)
        if others:
            modules.append(ast.ImportFrom(self._names.get(node.module, node.module), others, 0))
        return modules
