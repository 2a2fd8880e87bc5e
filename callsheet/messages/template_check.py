"""What a template may contain: a template formats; it never decides, adds or converts.

The parsed template is held against a list before anything is rendered. There is no arithmetic, no
joining of texts, no call, no name with an underscore, no filter or test outside the list, and loops
nest three deep at most: that closes the sandbox's known ways out and its resource bombs. The
sandbox stays as the second wall.
"""

from collections.abc import Iterable, Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes

from callsheet.fault import Fault

FILTERS = frozenset(
    {"money", "day", "short_day", "days", "iban", "strong", "paragraphs", "left", "right"}
    | {"upper", "lower", "escape", "e"}
)
TESTS = frozenset({"defined", "none", "in"})
LOOP_DEPTH_LIMIT = 3
SIZE_LIMIT = 64 * 1024

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Block, nodes.If, nodes.For,
    nodes.Include, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Filter,
    nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr,
    nodes.Assign,
)  # fmt: skip


def faults_of(
    environment: Environment, name: str, source: str, known_names: Iterable[str]
) -> list[Fault]:
    """Return everything in the template `name` that may not stand there."""
    if len(source) > SIZE_LIMIT:
        return [Fault(name, "the template is too large", f"{len(source)} characters", "shorten it")]
    try:
        tree = environment.parse(source, name)
    except TemplateSyntaxError as problem:
        where = f"{name}, line {problem.lineno}"
        return [Fault(where, "not readable as Jinja", str(problem.message), "mend this line")]
    faults = [fault for node in _walk(tree) if (fault := _fault(name, node))]
    faults += _unknown_names(name, tree, frozenset(known_names))
    if _loop_depth(tree) > LOOP_DEPTH_LIMIT:
        found = f"{_loop_depth(tree)} loops inside each other"
        faults.append(Fault(name, "loops nest too deep", found, "write it flatter"))
    return faults


def _fault(name: str, node: nodes.Node) -> Fault | None:
    """Return what is wrong with one node, None when it may stand there."""
    found = ""
    if not isinstance(node, _ALLOWED):
        found = type(node).__name__.lower()
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        found = f"filter {node.name}"
    elif isinstance(node, nodes.Test) and node.name not in TESTS:
        found = f"test {node.name}"
    elif isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        found = node.attr
    elif isinstance(node, nodes.Getitem) and not isinstance(
        node.arg, nodes.Name | nodes.Getattr | nodes.Const
    ):
        found = "a computed key"
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        found = str(node.arg.value) if str(node.arg.value).startswith("_") else ""
    elif isinstance(node, nodes.For) and not isinstance(node.iter, nodes.Name | nodes.Getattr):
        found = "a loop over something computed"
    elif isinstance(node, nodes.For) and node.recursive:
        found = "a recursive loop"
    elif isinstance(node, nodes.Include) and not _is_shared(node.template):
        found = "an include of something that is not below shared/"
    if not found:
        return None
    do = "let the statement bring the value; a template only writes it"
    return Fault(f"{name}, line {node.lineno}", "not allowed in a template", found, do)


def _is_shared(name: nodes.Node) -> bool:
    return isinstance(name, nodes.Const) and str(name.value).startswith("shared/")


def _unknown_names(name: str, tree: nodes.Template, known: frozenset[str]) -> Iterator[Fault]:
    stored = {
        node.name for node in _walk(tree) if isinstance(node, nodes.Name) and node.ctx == "store"
    }
    for node in _walk(tree):
        if isinstance(node, nodes.Name) and node.name not in known | stored | {"loop"}:
            do = f"use one of: {', '.join(sorted(known))}"
            yield Fault(f"{name}, line {node.lineno}", "unknown name", node.name, do)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _loop_depth(node: nodes.Node) -> int:
    inner = max((_loop_depth(child) for child in node.iter_child_nodes()), default=0)
    return inner + isinstance(node, nodes.For)
