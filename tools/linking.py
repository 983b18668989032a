"""Modules that are always in memory together, linked into one: on the board each module more costs about 300 bytes of heap.

A module has a dictionary of its names, those it imports included, tables of constants, and a path that stays for good. Readers want
one file a noun, the board wants one file. So the build merges the modules of a bundle into its first one: imports between them become
plain names, and a name that two of them use for different things is changed in the later one.
"""

import ast

from constants import constants, is_small
from shortening import arguments, variables

BUNDLES = (
    ("app", "core.access", "core.event_log", "core.heartbeat", "core.memory", "core.on_demand",
     "core.reading", "hardware.background", "hardware.chance", "hardware.clock", "hardware.flash", "hardware.heap", "hardware.indicator",
     "hardware.listener", "hardware.power", "hardware.sensor", "hardware.uploader", "hardware.wifi", "server"),
    ("station_mode", "core.journal", "hardware.journal_files", "logger"),
    ("setup_mode", "core.dns", "hardware.name_server", "portal"),
    ("answering", "core.refused", "answer", "every_path", "microdot", "microdot.microdot", "pages"),
    ("receiving", "core.hosts", "core.request_head"),
)  # fmt: skip
"""The first module of each gives the name; the others can no longer be imported by theirs. The first bundle is there from the start, the
others in their mode."""


class NotLinked(Exception):
    """The modules cannot be linked; the text says why."""


DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def linked(sources, bundles=BUNDLES):
    """{module ("core.dht"): source} -> the same with every bundle in one module. Raises NotLinked."""
    modules = {name: _Module(source) for name, source in sources.items()}
    homes = {member: bundle[0] for bundle in bundles for member in bundle}
    _require(modules, homes)
    merged = {}
    for bundle in bundles:
        merged.update(_merged_names(bundle, modules))
    trees = {name: _Linker(name, modules, homes, merged).rewritten() for name in modules}
    result = {name: ast.unparse(tree) + "\n" for name, tree in trees.items() if name not in homes}
    for bundle in bundles:
        result[bundle[0]] = _joined([trees[member] for member in _in_order(bundle, modules)])
    return result


class _Module:
    """A module: its syntax tree, the names at its top, and which of them are imported from where."""

    def __init__(self, source):
        self.tree = ast.parse(source)
        said = {getattr(node, "id", None) for node in ast.walk(self.tree)}
        self.constants = {name: one.value for name, one in constants(self.tree).items() if is_small(one.value) and "globals" not in said}
        self.names = variables(self.tree.body) | _defined(self.tree.body)
        self.imported = {}
        """{name here: (module, name there or None for the module itself)}"""
        for statement in self.tree.body:
            if isinstance(statement, ast.Import):
                self.imported.update({one.asname or one.name: (one.name, None) for one in statement.names})
            elif isinstance(statement, ast.ImportFrom):
                self.imported.update({one.asname or one.name: (statement.module, one.name) for one in statement.names})


def _defined(statements):
    return {statement.name for statement in statements if isinstance(statement, DEFINITIONS)}


def _require(modules, homes):
    """A module that is linked can only be loaded as the bundle."""
    for member in homes:
        if member not in modules:
            raise NotLinked("%s is in a bundle but not in the firmware: see BUNDLES in tools/linking.py" % member)
    for name, module in modules.items():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "load":
                wanted = getattr(node.args[0], "value", None)
                if homes.get(wanted, wanted) != wanted:
                    raise NotLinked("%s loads %s, which is a part of %s" % (name, wanted, homes[wanted]))


def _origin(module, name, modules):
    """(module, name) where `name` of `module` comes from; the name is None for a module itself."""
    while True:
        if "%s.%s" % (module, name) in modules:
            return "%s.%s" % (module, name), None
        if module not in modules or name not in modules[module].imported:
            return module, name
        module, name = modules[module].imported[name]
        if name is None:
            return module, None


def _merged_names(bundle, modules):
    """{(member, name): name in the bundle} of everything at the top of its members.

    A name must not be that of a variable in any function of the bundle, which may now say it. What is imported from outside comes only
    once. The first module keeps its names: it is known by them.
    """
    local = set().union(*(_local_names(modules[member].tree) for member in bundle))
    taken, merged = {}, {}
    for member in bundle:
        for name in sorted(modules[member].names):
            origin = _origin(member, name, modules)
            if origin[0] in bundle and origin != (member, name):
                continue
            word = name
            while taken.setdefault(word, origin) != origin or word in local and member != bundle[0]:
                word += "_"
            merged[member, name] = word
    return merged


def _local_names(tree):
    """The names of all variables and parameters of functions."""
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))]
    said = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    own = [{argument.arg for argument in arguments(one)} for one in functions]
    own += [variables(one.body) for one in functions if not isinstance(one, ast.Lambda)]
    own += [variables([node.target]) for node in ast.walk(tree) if isinstance(node, ast.comprehension)]
    return set().union(*own) - said


def _in_order(bundle, modules):
    """The members, each after those it imports."""
    ordered = []

    def take(member):
        if member in bundle and member not in ordered:
            for module, name in modules[member].imported.values():
                take(module)
                take("%s.%s" % (module, name))
            ordered.append(member)

    for member in bundle:
        take(member)
    return ordered


def _joined(trees):
    """One source of all: imports first, each once; no docstrings."""
    imports, body = {}, []
    for statement in (one for tree in trees for one in tree.body):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            imports[ast.unparse(statement)] = statement
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            body.append(statement)
    return ast.unparse(ast.Module(list(imports.values()) + body, [])) + "\n"


class _Linker(ast.NodeTransformer):
    """Rewrites one module: imports of linked modules, the names that come through them, and those that had to be changed.

    Small constants of other modules are written out: nothing needs to be imported for them.
    """

    def __init__(self, member, modules, homes, merged):
        self._member, self._modules, self._homes, self._merged = member, modules, homes, merged
        self._home = homes.get(member)
        self._written_out = {name for module in modules.values() for name, origin in module.imported.items() if self._constant(origin)}
        self._local = [frozenset()]
        """The names that are not the module's own, scope within scope."""
        self._stored = set()
        """Names at the top of the bundle that the present function sets as attributes of their modules."""
        self._wanted = {}
        """{name: bundle} of what is used as an attribute of a module that is linked into another bundle."""

    def rewritten(self):
        """The module's syntax tree."""
        tree = self.visit(self._modules[self._member].tree)
        imports = [ast.ImportFrom(home, [ast.alias(word, None)], 0) for word, home in self._wanted.items()]
        tree.body = imports + tree.body
        return tree

    def _origin(self, name):
        return _origin(self._member, name, self._modules)

    def _is_global(self, name):
        return name not in self._local[-1] and name in self._modules[self._member].names

    def _constant(self, origin):
        """The value of a small constant of another module, or None."""
        module, name = origin
        return None if module == self._member or module not in self._modules else self._modules[module].constants.get(name)

    def _word(self, name):
        """What stands for the name at the top of this module."""
        module, there = self._origin(name)
        if there is None and module in self._homes:
            raise NotLinked("%s uses the linked module %s as a value" % (self._member, name))
        return self._merged.get((self._member, name)) or self._merged.get((module, there)) or name

    def visit_Import(self, node):
        kept = []
        for alias in node.names:
            here = alias.asname or alias.name
            if alias.name in self._homes and not self._is_bundle_of_its_own(alias.name):
                if "." in here:
                    raise NotLinked("%s imports %s: write `from ... import`" % (self._member, here))
                continue  # a linked module: its names are written out
            if self._is_global(here) and self._word(here) != here:
                alias.asname = self._word(here)
            kept.append(alias)
        return ast.Import(kept) if kept else None

    def _is_bundle_of_its_own(self, module):
        """Whether a function may import the module as such: it is there, under its name, and is not this one."""
        return self._homes[module] == module != self._home and len(self._local) > 1

    def visit_ImportFrom(self, node):
        kept = []
        for alias in node.names:
            here = alias.asname or alias.name
            origin = _origin(node.module, alias.name, self._modules)
            module, name = origin
            if self._constant(origin) is not None or name is None and module in self._homes:
                continue
            home = self._homes.get(module)
            if home is None and name is not None and len(self._local) == 1:
                word = self._word(here)
                kept.append(ast.ImportFrom(module, [ast.alias(name, None if word == name else word)], 0))
            elif home is None:
                kept.append(ast.ImportFrom(node.module, [alias], 0))
            elif home != self._home:
                word = self._merged[origin]
                kept.append(ast.ImportFrom(home, [ast.alias(word, None if word == here else here)], 0))
        return kept or (ast.Pass() if len(self._local) > 1 else None)

    def visit_Name(self, node):
        if not self._is_global(node.id):
            return node
        origin = self._origin(node.id)
        value = self._constant(origin)
        if value is not None and isinstance(node.ctx, ast.Load):
            return value
        if self._homes.get(origin[0], self._home) == self._home or origin[1] is None:
            node.id = self._word(node.id)
        return node

    def visit_Attribute(self, node):
        module = self._own_module(node.value)
        origin = _origin(module, node.attr, self._modules)
        value = self._constant(origin)
        if value is not None:
            return value
        if module is None and isinstance(node.value, ast.Name) and node.attr in self._written_out:
            raise NotLinked("%s asks for %s.%s, which may be written out: import it" % (self._member, node.value.id, node.attr))
        if module not in self._homes:
            return self.generic_visit(node)
        word = self._merged.get((module, node.attr)) or self._merged.get(origin)
        if word is None:
            raise NotLinked("%s uses %s of %s, which is not there" % (self._member, node.attr, module))
        if self._homes[module] != self._home:
            self._want(word, self._homes[module])
        elif isinstance(node.ctx, ast.Store):
            self._stored.add(word)
        return ast.Name(word, node.ctx)

    def _own_module(self, value):
        """The module of the firmware that the expression is, or None."""
        if not isinstance(value, ast.Name) or not self._is_global(value.id):
            return None
        module, there = self._origin(value.id)
        return module if there is None and module in self._modules else None

    def _want(self, word, home):
        said = {getattr(node, "id", getattr(node, "arg", None)) for node in ast.walk(self._modules[self._member].tree)}
        if self._wanted.setdefault(word, home) != home or word in self._modules[self._member].names or word in said - set(self._wanted):
            raise NotLinked("%s has a %s of its own" % (self._member, word))

    def visit_Global(self, node):
        node.names = [self._word(name) for name in node.names]
        return node

    def visit_FunctionDef(self, node):
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        node.args.defaults = [self.visit(one) for one in node.args.defaults]
        if len(self._local) == 1:
            node.name = self._word(node.name)
        shared = {name for one in ast.walk(node) if isinstance(one, ast.Global) for name in one.names}
        own = {argument.arg for argument in arguments(node)} | variables(node.body) | _defined(node.body)
        outer, self._stored = self._stored, set()
        self._local.append(self._local[-1] | own - shared)
        node.body = [changed for one in node.body for changed in _as_list(self.visit(one))] or [ast.Pass()]
        self._local.pop()
        if self._stored:
            node.body.insert(0, ast.Global(sorted(self._stored)))
        self._stored = outer
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        return self._within(node, {argument.arg for argument in arguments(node)})

    def _visit_comprehension(self, node):
        return self._within(node, variables(node.generators))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def _within(self, node, own):
        self._local.append(self._local[-1] | own)
        self.generic_visit(node)
        self._local.pop()
        return node

    def visit_ClassDef(self, node):
        """What the body of a class binds are attributes: its statements see them, its methods do not."""
        node.bases = [self.visit(base) for base in node.bases]
        if len(self._local) == 1:
            node.name = self._word(node.name)
        outer = self._local[-1]
        attributes = outer | variables(node.body) | _defined(node.body)
        body = []
        for statement in node.body:
            self._local.append(outer if isinstance(statement, DEFINITIONS) else attributes)
            self._local.append(self._local[-1])  # a name here is not one at the top
            body += _as_list(self.visit(statement))
            del self._local[-2:]
        node.body = body
        return node


def _as_list(nodes):
    return nodes if isinstance(nodes, list) else [] if nodes is None else [nodes]
