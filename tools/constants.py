"""Constants written into the places that use them, as MicroPython's `const()` does for names that start with an underscore.

Every name at the top of a module costs heap for as long as the module is imported: an entry in the module's dictionary and the
text of the name. A constant that only its own module uses needs neither on the board. Lines keep their numbers.
"""

import ast

LITERAL = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Tuple, ast.Load)


def names_asked_of_others(sources):
    """Every name that some module of `sources` (texts) takes from another one, by import or as an attribute."""
    names = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.ImportFrom):
                names |= {alias.name for alias in node.names}
    return names


def inlined(source, asked):
    """The module `source` with its own constants written out, except those `asked` for by other modules."""
    before = None
    while source != before:  # a constant may be made of another one
        before = source
        source = _inlined_once(source, asked)
    return source


def _inlined_once(source, asked):
    tree = ast.parse(source)
    if any(isinstance(node, ast.Name) and node.id == "globals" for node in ast.walk(tree)):
        return source
    own = {name: statement for name, statement in constants(tree).items() if name not in asked}
    edits = []
    for name, statement in own.items():
        uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)]
        if len(uses) > 1 and not is_small(statement.value):
            continue  # written out twice it would be there twice
        if not any(_within(use, other) for use in uses for other in own.values()):
            edits += [(use, "(%s)" % ast.unparse(statement.value)) for use in uses] + [(statement, "0")]
    return _edited(source, edits)


def constants(tree):
    """{name: assignment} of every name that gets its value once, at the top, from a literal or arithmetic on literals."""
    binders = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)]
    binders += [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    binders += [name for node in ast.walk(tree) if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names * 2]
    in_texts = {one.id for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for one in ast.walk(node) if isinstance(one, ast.Name)}
    return {
        statement.targets[0].id: statement
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and binders.count(statement.targets[0].id) == 1
        and statement.targets[0].id not in in_texts
        and not statement.targets[0].id.startswith("__")
        and all(isinstance(node, LITERAL) for node in ast.walk(statement.value))
    }


def is_small(value):
    """Whether `value` costs no more than a name, however often it stands there: a number, True, False, None, a short text."""
    texts = [node.value for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))]
    return not any(isinstance(node, ast.Tuple) for node in ast.walk(value)) and all(_is_short(text) for text in texts)


def _is_short(text):
    """MicroPython keeps texts of up to ten characters once, as names; one that is a little longer costs less than an import."""
    return isinstance(text, str) and len(text) <= 12


def _within(node, statement):
    return statement.lineno <= node.lineno <= statement.end_lineno


def _edited(source, edits):
    """`source` with the text of nodes replaced; what went over several lines leaves them empty."""
    lines = [line.encode() for line in source.split("\n")]
    for node, text in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
        first, last = node.lineno - 1, node.end_lineno - 1
        rest = lines[last][node.end_col_offset :]
        for number in range(first + 1, last + 1):
            lines[number] = b""
        lines[first] = lines[first][: node.col_offset] + text.encode() + rest
    return b"\n".join(lines).decode()
