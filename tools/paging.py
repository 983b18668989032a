"""Functions that lie on flash until they are called: each that is marked `@paged` becomes a module of its own.

Of a method nothing stays: its class gets the base `Paged`, which looks for the page when the method is called for. Of any other function
a few words stay, which load the page and call the function in it. Neither holds on to the page: the next garbage collection takes it away.
See device/core/on_demand.py.
"""

import ast
import copy

from shortening import arguments, variables

MARK = "paged"
LOADER = "load"
BASE = "Paged"
AT_ONCE = "at_once"
"""What the page of a property has."""
ON_DEMAND = "core.on_demand"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class NotPaged(Exception):
    """A function cannot be on a page; the text says why."""


def paged(sources):
    """{module ("core.dht"): source} -> the same with every page as a module more. Raises NotPaged."""
    trees = {module: ast.parse(source) for module, source in sources.items()}
    asked = _asked(trees)
    result = dict(sources)
    for module, tree in trees.items():
        marked = [(owner, function) for owner in _owners(tree) for function in owner.body if is_marked(function)]
        if marked:
            taken = []
            for owner, function in marked:
                page, content = _page(module, tree, owner, function, asked[module], taken)
                taken += content.body
                if page in result:
                    raise NotPaged("%s has the name of the page of %s.%s" % (page, module, function.name))
                result[page] = ast.unparse(content) + "\n"
            _drop_imports(tree, asked[module])
            result[module] = ast.unparse(tree) + "\n"
        elif module == ON_DEMAND:
            tree.body = [statement for statement in tree.body if getattr(statement, "name", "") != MARK]
            result[module] = ast.unparse(tree) + "\n"
    return result


def pages(sources):
    """{page: the module it was taken from}."""
    return {_page_name(module, owner, function): module for module, owner, function in _all_marked(sources)}


def method_pages(sources):
    """{page: (class, method)} of the pages that `Paged` looks for: their names must be made of what the two are called on the board."""
    marked = [(owner, function) for _, owner, function in _all_marked(sources) if _is_looked_for(owner, function)]
    return {_page_name("", owner, function): (owner.name, function.name) for owner, function in marked}


def _all_marked(sources):
    for module, source in sources.items():
        tree = ast.parse(source)
        yield from ((module, owner, function) for owner in _owners(tree) for function in owner.body if is_marked(function))


def is_marked(node):
    return isinstance(node, FUNCTIONS) and any(getattr(one, "id", "") == MARK for one in node.decorator_list)


def _owners(tree):
    """The module and its classes: where functions may be marked."""
    return [tree] + [statement for statement in tree.body if isinstance(statement, ast.ClassDef)]


def _is_looked_for(owner, function):
    """Whether the class `owner` can do without anything in the method's place: `Paged` finds it."""
    return isinstance(owner, ast.ClassDef) and (function.name == "__init__" or not function.name.startswith("__"))


def _page_name(module, owner, function):
    if _is_looked_for(owner, function):
        return owner.name + "-" + function.name
    return "_".join([module, *([owner.name] if isinstance(owner, ast.ClassDef) else []), function.name])


def _asked(trees):
    """{module: what the other modules take from it, by name or as an attribute}."""
    imported = {module: set() for module in trees}
    attributes = {}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in imported:
                imported[node.module] |= {alias.name for alias in node.names}
            elif isinstance(node, ast.Attribute):
                attributes.setdefault(node.attr, set()).add(module)
    return {module: names | {word for word, users in attributes.items() if users != {module}} for module, names in imported.items()}


def _page(module, tree, owner, function, asked, taken):
    """(name, syntax tree) of the page; in `tree` the function has left. What only the function uses moves along.

    asked: names that other modules may use. taken: what is on the pages before.
    """
    name = _page_name(module, owner, function)
    if any(isinstance(node, ast.Global) for node in ast.walk(function)):
        raise NotPaged("%s.%s sets names of its module" % (module, function.name))
    is_property = _is_property(function)
    moved = copy.deepcopy(function)
    moved.decorator_list = []
    if _is_looked_for(owner, function):
        _take_out(tree, owner, function)
    else:
        moved.args.defaults = []  # the one that stays fills them in
        while _binds(tree, moved.name):
            moved.name += "_"  # a method may have the name of something at the top of its module
        _leave_call(function, "%s(%r).%s" % (LOADER, name, moved.name))
        _import(tree, LOADER)
    if owner is not tree:
        owner.body += [_annotation(word) for word in sorted(_given(moved))]
    along = _helpers(tree, [moved], asked.union(*map(_mentioned, taken)))
    content = along + [moved]
    wanted = set().union(*(_mentioned(one) - _own(one) for one in content))
    if moved.name in wanted:
        raise NotPaged("%s in %s has the name of something else that it uses" % (moved.name, module))
    page = ast.Module(_imports(module, tree, wanted - {_name_of(one) for one in along}) + content, [])
    if is_property:
        page.body += ast.parse("%s = %s" % (AT_ONCE, moved.name)).body
    return name, ast.fix_missing_locations(page)


def _is_property(function):
    others = [getattr(one, "id", None) for one in function.decorator_list if getattr(one, "id", "") != MARK]
    if others not in ([], ["property"]):
        raise NotPaged("%s has other decorators" % function.name)
    return bool(others)


def _take_out(tree, owner, method):
    place = owner.body.index(method)
    owner.body[place : place + 1] = [] if method.name == "__init__" else [_annotation(method.name)]
    if not owner.bases:
        owner.bases = [ast.Name(BASE, ast.Load())]
        _import(tree, BASE)
    elif [getattr(base, "id", "") for base in owner.bases] != [BASE]:
        raise NotPaged("%s cannot leave %s, which has a base" % (method.name, owner.name))


def _annotation(word):
    """Takes no memory, and tells tools/shortening.py that objects of the class have this name."""
    return ast.AnnAssign(ast.Name(word, ast.Store()), ast.Constant(0), None, 1)


def _import(tree, name):
    if not _binds(tree, name):
        tree.body.insert(_after_docstring(tree), ast.parse("from %s import %s" % (ON_DEMAND, name)).body[0])


def _leave_call(function, moved):
    """Make `function` pass its arguments on to `moved`, an expression. One that is awaited returns a coroutine by that."""
    given = function.args
    if given.vararg or given.kwarg or given.kwonlyargs:
        raise NotPaged("%s has parameters that cannot be passed on" % function.name)
    passed = ", ".join(argument.arg for argument in arguments(function))
    function.body = [ast.Return(ast.parse("%s(%s)" % (moved, passed), mode="eval").body)]
    function.decorator_list = [one for one in function.decorator_list if getattr(one, "id", "") != MARK]
    function.__class__ = ast.FunctionDef


def _helpers(tree, users, asked):
    """Private functions at the top of the module that nothing but `users` mentions; they leave `tree`, in their order."""
    along = []
    found = True
    while found:
        found = None
        for statement in tree.body:
            name = getattr(statement, "name", "")
            others = [one for one in tree.body if one is not statement]
            if (
                isinstance(statement, FUNCTIONS)
                and name.startswith("_")
                and not is_marked(statement)
                and name not in asked
                and any(name in _mentioned(one) for one in users + along)
                and not any(name in _mentioned(one) for one in others)
            ):
                found = statement
        if found:
            tree.body.remove(found)
            along.insert(0, found)
    return along


def _name_of(statement):
    return getattr(statement, "name", None)


def _mentioned(node):
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _given(method):
    """The attributes that a method puts into its object. They stay annotated in the class, where tools/shortening.py looks for them."""
    stored = [one for one in ast.walk(method) if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)]
    return {one.attr for one in stored if getattr(one.value, "id", "") == "self"}


def _own(function):
    return {argument.arg for argument in arguments(function)} | variables(function.body)


def _imports(module, tree, wanted):
    """What makes the names `wanted` known that stand at the top of the module."""
    statements, taken = [], []
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            kept = [alias for alias in statement.names if (alias.asname or alias.name) in wanted]
            if kept and isinstance(statement, ast.Import):
                statements.append(ast.Import(kept))
            elif kept:
                statements.append(ast.ImportFrom(statement.module, kept, 0))
        else:
            taken += sorted((variables([statement]) | {_name_of(statement)}) & wanted)
    if taken:
        statements.append(ast.ImportFrom(module, [ast.alias(name) for name in taken], 0))
    return statements


def _drop_imports(tree, asked):
    """Take out what was imported for the functions that have left."""
    used = set().union(*(_mentioned(statement) for statement in tree.body)) | asked
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            statement.names = [alias for alias in statement.names if (alias.asname or alias.name).partition(".")[0] in used]
    tree.body = [statement for statement in tree.body if getattr(statement, "names", True)]


def _binds(tree, name):
    return any(name in variables([statement]) or name == _name_of(statement) for statement in tree.body)


def _after_docstring(tree):
    return 1 if tree.body and isinstance(tree.body[0], ast.Expr) else 0
