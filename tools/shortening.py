"""The firmware's names, shortened for the board: each different name that a .mpy brings along takes about 20 bytes of heap for good.

Readers want many exact names, the board wants few. So the build, which sees the whole firmware, gives every name that the firmware
itself defines a short one, and lets names that can never meet in one module or one object share it. No line moves: a crash record
still tells the true one.
"""

import ast
import builtins
import importlib
import itertools
import keyword
import re
import string
import sys

BEYOND_CPYTHON = set(
    "ioctl readblocks writeblocks mount umount mem_free mem_alloc threshold coro data state core cur_task".split()
    + "content status_code raw encoding".split()
)
"""What MicroPython's own objects have, or call on ours, that CPython's do not."""

RELATED = {"tls": "ssl", "urequests": "io", "deflate": "io"}
"""MicroPython's modules: what CPython has that is much the same."""


def shorten(sources, outside=(), modules=(), apart=()):
    """{module ("core.dht"): source} of the whole firmware -> the same, shortened.

    outside: sources of what is not shortened and must be understood, such as what stands for the chip's modules. modules: names of
    modules that other things may share, because they are never variables. apart: names that must all differ. Raises SyntaxError.
    """
    short = short_names(sources, outside, modules, apart)
    shortened = {}
    for module, source in sources.items():
        edited = _Source(source)
        _rename_defined(edited, short)
        shortened[module] = edited.text()
    keywords = _keywords(map(ast.parse, [*shortened.values(), *outside]))
    for module, source in shortened.items():
        edited = _Source(source)
        _rename_parameters(edited, edited.tree, keywords, 0)
        shortened[module] = edited.text()
    return shortened


def short_names(sources, outside=(), modules=(), apart=()):
    """{name: short name} of every name that the firmware defines and that nothing else knows: the same one wherever it stands."""
    parsed = {module: _Module(module, source) for module, source in sources.items()}
    defined = set().union(*(module.defined for module in parsed.values()))
    mentioned = set().union(*(module.mentioned for module in parsed.values())) - set(modules)
    free = defined - _names_of_others(parsed, outside)
    neighbours = _neighbours(parsed.values(), free, set(apart))
    short = {}
    for name in sorted(free, key=lambda name: (-len(neighbours[name]), name)):
        taken = {short.get(other) for other in neighbours[name]}
        short[name] = next(word for word in short_words() if word not in taken and word not in mentioned)
    return short


class _Module:
    """What one module says.

    visible: names of its functions, classes, imports and of whatever else is looked up by name outside of a function's own variables.
    classes: {name: (the names its objects have or its body looks up, names of its bases)}. given: attributes it puts into objects of
    others. defined: all that it gives a name to. kept: what must keep its name. mentioned: everything.
    """

    def __init__(self, name, source):
        tree = ast.parse(source)
        self.visible, self.given, self.defined = set(), set(), set()
        self.imports = {imported for node in ast.walk(tree) for imported in _imported_modules(node)}
        self.mentioned = {word for node in ast.walk(tree) for word in _words_of(node)}
        self.kept = set(name.split(".")) | _keywords([tree]) | _quoted(tree)
        self.classes = {node.name: _class_names(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        bound_in_classes = {id(one) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for one in _bound_in_body(node)}
        for node in _looked_up(tree, frozenset()):
            self._take(node, id(node) in bound_in_classes)
        if "globals" in self.mentioned:
            self.kept |= {word for statement in tree.body for word in bound_by(statement)}

    def _take(self, node, is_attribute):
        words = _words_of(node)
        if isinstance(node, ast.Attribute):
            if isinstance(node.ctx, ast.Store):
                if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                    self.given.add(node.attr)
                self.defined.add(node.attr)
            return
        if not is_attribute:
            self.visible |= words
        if not isinstance(node, ast.alias) and (not isinstance(node, ast.Name) or isinstance(node.ctx, ast.Store)):
            self.defined |= words


def _bound_in_body(class_definition):
    """The nodes that bind the attributes of a class: methods, and names that get a value."""
    for statement in class_definition.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement
        else:
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _class_names(class_definition):
    """(the names that must differ from each other in a class, names of its bases).

    What the body looks up while the class is made, defaults of methods for instance, is looked for among its attributes first.
    """
    names = {word for statement in class_definition.body for word in bound_by(statement)}
    for node in ast.walk(class_definition):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and getattr(node.value, "id", "") == "self":
            names.add(node.attr)
    for statement in class_definition.body:
        made_now = [statement]
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            made_now = statement.decorator_list + statement.args.defaults + [one for one in statement.args.kw_defaults if one]
        names |= {node.id for part in made_now for node in ast.walk(part) if isinstance(node, ast.Name)}
    return names, {word for base in class_definition.bases for word in _words_of(base)}


def _names_of_others(modules, outside):
    """Every name that something else than the firmware's own names may stand for."""
    names = set(BEYOND_CPYTHON)
    for module in modules.values():
        names |= module.kept | {part for imported in module.imports for part in imported.split(".")}
    endings = tuple(name for name in names if name.startswith("_") and len(name) > 3)  # getattr(self, word + "_handlers")
    for module in modules.values():
        names |= {word for word in module.mentioned if word.startswith("__") or word.endswith(endings)}
    for source in outside:
        said = [node for node in ast.walk(ast.parse(source)) if not isinstance(node, (ast.Name, ast.arg))]
        names |= {word for node in said for word in _words_of(node) if not word.startswith("_")}
    known = [builtins]
    own = {name.partition(".")[0] for name in modules}
    for name in {name for module in modules.values() for name in module.imports if name.partition(".")[0] not in own}:
        try:
            known.append(importlib.import_module(RELATED.get(name, name)))
        except ImportError:
            pass  # MicroPython's own: `outside` stands for it
    for one in known:
        for name in dir(one):
            names.add(name)
            if isinstance(getattr(one, name), type):
                names.update(dir(getattr(one, name)))
    return names | set(dir(type(iter(())))) | set(dir((lambda: (yield))())) | set(dir(compile("", "", "exec")))


def _neighbours(modules, free, apart):
    """{name: the names that it must differ from}: they meet in a module, or in an object, or are to be kept `apart`."""
    modules = list(modules)
    classes = [entry for module in modules for entry in module.classes.items()]
    groups = [module.visible for module in modules] + [apart]
    groups += [set().union(*(names for name, (names, _) in classes if name in _line(own, classes))) for own, _ in classes]
    neighbours = {name: set() for name in free}
    for group in groups:
        for name in group & free:
            neighbours[name] |= group & free
    for name in set().union(*(module.given for module in modules)) & free:
        neighbours[name] |= free
        for other in free:
            neighbours[other].add(name)
    return neighbours


def _line(name, classes):
    """The class `name` and the classes it inherits from."""
    line, waiting = set(), {name}
    while waiting:
        line |= waiting
        waiting = {base for own, (_, bases) in classes if own in waiting for base in bases} - line
    return line


def _looked_up(node, local):
    """The nodes that say a name which is not one of a function's own variables (`local`)."""
    if isinstance(node, ast.Name):
        if node.id not in local:
            yield node
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Attribute)):
        yield node
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from node.names
    inner = local
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        for outer in node.decorator_list + node.args.defaults + [one for one in node.args.kw_defaults if one]:
            yield from _looked_up(outer, local)
        inner = local | {argument.arg for argument in arguments(node)} | variables(node.body)
        for statement in node.body:
            yield from _looked_up(statement, inner)
        return
    if isinstance(node, ast.Lambda):
        inner = local | {argument.arg for argument in arguments(node)}
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        inner = local | variables(node.generators)
    for child in ast.iter_child_nodes(node):
        yield from _looked_up(child, inner)


def variables(nodes):
    """The names that `nodes` bind in their own scope. Those of inner functions and classes do not count: they are stored as names."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.GeneratorExp)):
            names |= variables(ast.iter_child_nodes(node))
    return names


def _words_of(node):
    """The names that this node itself says, as a set."""
    if isinstance(node, ast.Attribute):
        return {node.attr}
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, (ast.arg, ast.keyword)):
        return {node.arg} - {None}
    if isinstance(node, ast.alias):
        return set((node.asname or node.name).split(".")) | set(node.name.split("."))
    return {node.name} if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else set()


def bound_by(statement):
    """The names that a statement at the top of a module or class gives to something."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _imported_modules(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def _quoted(tree):
    """Words in quotes (getattr, hasattr) and in formatted strings, whose places the syntax tree does not tell."""
    words = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.update(re.findall(r"^\w+$", node.value))
        elif isinstance(node, ast.JoinedStr):
            words.update(word for one in ast.walk(node) for word in _words_of(one))
    return words


def _keywords(trees):
    """Names that arguments are passed by, those in routes such as <name> included; and what is said to be global or nonlocal."""
    words = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.keyword) and node.arg:
            words.add(node.arg)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            words.update(node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.update(re.findall(r"(?<=[<:])\w+(?=>)", node.value))
    return words


class _Source:
    """A source that is edited in place, by the positions of its syntax tree."""

    def __init__(self, source):
        self.tree = ast.parse(source)
        self._lines = source.encode().split(b"\n")
        self._edits = set()

    def replace_name(self, node, name, text):
        """Put `text` where the node, which may start before it (`async def name`), first says `name`; for an attribute: last."""
        if isinstance(node, ast.Attribute):
            line, first = node.end_lineno, node.end_col_offset - len(name)
        else:
            line = node.lineno
            first = re.compile(rb"\b%s\b" % name.encode()).search(self._lines[line - 1], node.col_offset).start()
        self._edits.add((line, first, first + len(name), text))

    def text(self):
        for line, first, last, text in sorted(self._edits, reverse=True):
            content = self._lines[line - 1]
            self._lines[line - 1] = content[:first] + text.encode() + content[last:]
        return b"\n".join(self._lines).decode()


def _rename_defined(edited, short):
    top = {alias for statement in edited.tree.body if isinstance(statement, (ast.Import, ast.ImportFrom)) for alias in statement.names}
    for node in _looked_up(edited.tree, frozenset()):
        for name in _words_of(node) & set(short):
            becomes_variable = isinstance(node, ast.alias) and node not in top
            if becomes_variable and name == node.asname:
                continue
            # In a function an import makes a variable, and those keep their names.
            edited.replace_name(node, name, short[name] + (" as " + name if becomes_variable and not node.asname else ""))


def _rename_parameters(edited, scope, keywords, taken):
    """Parameters that nobody passes by name become _0, _1 ...; those of a function in a function go on counting."""
    for child in ast.iter_child_nodes(scope):
        count = taken
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            count += _rename_parameters_of(edited, child, keywords, taken)
        _rename_parameters(edited, child, keywords, count)


def _rename_parameters_of(edited, function, keywords, taken):
    rebound = {name for statement in function.body for node in ast.walk(statement) for name in _bound_in_a_scope_of_its_own(node)}
    kept = keywords | rebound | {"self"}
    free = [argument for argument in arguments(function) if argument.arg not in kept]
    short = {argument.arg: "_%d" % (taken + index) for index, argument in enumerate(free)}
    for argument in free:
        edited.replace_name(argument, argument.arg, short[argument.arg])
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in short:
                edited.replace_name(node, node.id, short[node.id])
    return len(short)


def _bound_in_a_scope_of_its_own(node):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return [argument.arg for argument in arguments(node)]
    if isinstance(node, ast.comprehension):
        return [name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)]
    return [node.name] if isinstance(node, ast.ExceptHandler) and node.name else []


def arguments(function):
    """The parameters of a function or lambda, as syntax."""
    given = function.args
    return given.posonlyargs + given.args + given.kwonlyargs + [rest for rest in (given.vararg, given.kwarg) if rest]


def short_words():
    """a, b ... z, A ... Z, aa, ab ... ZZ; none that Python, the standard library or a builtin has."""
    taken = {*keyword.kwlist, *dir(builtins), *sys.stdlib_module_names}
    letters = string.ascii_letters
    for length in itertools.count(1):
        yield from (word for word in map("".join, itertools.product(letters, repeat=length)) if word not in taken)
