"""The house keeps its rooms and its arrows: read off the imports, not off good intentions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "carbonspace"
FILES = sorted(SOURCE.rglob("*.py"))
MODULES = {
    ".".join(["carbonspace", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(
        ".__init__"
    ): path
    for path in FILES
}
FOUNDATION = {"model", "errors"}
ARROWS: dict[str, set[str]] = {
    "kernels": set(),
    "version": set(),
    "about": {"version"},
    "errors": set(),
    "digest": set(),
    "folder": set(),
    "interrupt": set(),
    "unchanged": {"digest", "version"},
    "model": {"errors"},
    "sources": FOUNDATION | {"memory"},
    "outputs": FOUNDATION | {"digest", "folder"},
    "profiles": FOUNDATION,
    "indicators": FOUNDATION | {"kernels"},
    "prepare": FOUNDATION | {"crew", "grids", "kernels"},
    "catalogue": FOUNDATION | {"indicators", "profiles"},
    "rule_faults": FOUNDATION | {"catalogue", "profiles"},
    "rulebook": FOUNDATION | {"profiles", "rule_faults"},
    "browsing": FOUNDATION | {"catalogue", "profiles", "rulebook"},
    "options": FOUNDATION,
    "client": FOUNDATION | {"catalogue", "profiles", "version"},
    "catalog_command": FOUNDATION
    | {"browsing", "catalogue", "client", "documents", "options", "terminal"},
    "init_command": FOUNDATION | {"documents", "intake", "options", "profiles"},
    "city": FOUNDATION | {"kernels"},
    "grids": FOUNDATION,
    "memory": {"errors"},
    "crew": {"memory"},
    "parts": FOUNDATION | {"grids"},
    "reasons": FOUNDATION,
    "measuring": FOUNDATION | {"crew", "grids", "parts", "reasons"},
    "past": FOUNDATION | {"crew", "digest", "folder", "kernels", "measuring", "parts", "unchanged"},
    "robustness": FOUNDATION | {"city", "crew", "measuring", "parts", "past", "prepare"},
    "clauses": FOUNDATION,
    "judge": FOUNDATION | {"clauses"},
    "exemptions": FOUNDATION,
    "settings": FOUNDATION,
    "account": FOUNDATION | {"clauses", "exemptions", "prepare", "version"},
    "reported": FOUNDATION,
    "ledger": FOUNDATION | {"city", "indicators"},
    "ways": FOUNDATION | {"grids", "indicators", "kernels"},
    "premises": FOUNDATION | {"grids", "indicators", "kernels", "prepare"},
    "areas": FOUNDATION | {"ways"},
    "inquiry": FOUNDATION | {"clauses", "exemptions", "measuring", "settings"},
    "assessing": FOUNDATION
    | {
        "account",
        "areas",
        "city",
        "clauses",
        "exemptions",
        "inquiry",
        "judge",
        "ledger",
        "reported",
        "robustness",
        "settings",
    },
    "evaluation": FOUNDATION
    | {
        "areas",
        "assessing",
        "catalogue",
        "city",
        "clauses",
        "crew",
        "exemptions",
        "indicators",
        "inquiry",
        "measuring",
        "memory",
        "past",
        "premises",
        "prepare",
        "profiles",
        "reasons",
        "reported",
        "robustness",
        "rulebook",
        "settings",
    },
    "tiled": FOUNDATION
    | {
        "assessing",
        "city",
        "crew",
        "digest",
        "evaluation",
        "exemptions",
        "folder",
        "inquiry",
        "ledger",
        "measuring",
        "memory",
        "parts",
        "past",
        "prepare",
        "reasons",
        "reported",
        "robustness",
        "sources",
        "unchanged",
    },
    "zoned": FOUNDATION
    | {
        "assessing",
        "city",
        "crew",
        "evaluation",
        "inquiry",
        "ledger",
        "measuring",
        "prepare",
        "robustness",
        "tiled",
    },
    "comparison": FOUNDATION
    | {
        "catalogue",
        "crew",
        "digest",
        "evaluation",
        "exemptions",
        "measuring",
        "parts",
        "prepare",
        "profiles",
        "sources",
    },
    "intake": FOUNDATION | {"sources", "version"},
    "documents": FOUNDATION | {"version"},
    "stated": FOUNDATION | {"catalogue", "intake", "options", "sources"},
    "batch": FOUNDATION
    | {
        "catalogue",
        "digest",
        "evaluation",
        "folder",
        "outputs",
        "parts",
        "past",
        "sources",
        "tiled",
        "unchanged",
        "version",
    },
    "batch_command": FOUNDATION
    | {
        "batch",
        "cluster_options",
        "documents",
        "guard",
        "interrupt",
        "options",
        "outputs",
        "terminal",
    },
    "areas_command": FOUNDATION
    | {
        "documents",
        "evaluation",
        "interrupt",
        "options",
        "outputs",
        "sources",
        "stated",
        "terminal",
    },
    "check_command": FOUNDATION
    | {"documents", "options", "outputs", "sources", "stated", "terminal", "zoned"},
    "compare_command": FOUNDATION
    | {
        "comparison",
        "documents",
        "folder",
        "interrupt",
        "options",
        "outputs",
        "stated",
        "terminal",
    },
    "partition": FOUNDATION
    | {"digest", "folder", "intake", "kernels", "memory", "sources", "version"},
    "partition_command": FOUNDATION
    | {
        "documents",
        "folder",
        "interrupt",
        "options",
        "partition",
        "sources",
        "stated",
        "terminal",
    },
    "cluster": FOUNDATION | {"memory", "sources", "unchanged"},
    "cluster_options": FOUNDATION | {"cluster", "options"},
    "report_command": FOUNDATION
    | {
        "catalogue",
        "documents",
        "folder",
        "interrupt",
        "options",
        "outputs",
        "sources",
        "terminal",
    },
    "run_command": FOUNDATION
    | {
        "catalogue",
        "cluster",
        "cluster_options",
        "documents",
        "folder",
        "interrupt",
        "options",
        "outputs",
        "sources",
        "stated",
        "terminal",
        "tiled",
        "zoned",
        "unchanged",
    },
    "terminal": FOUNDATION | {"ledger"},
    "guard": FOUNDATION | {"interrupt", "memory", "options", "terminal"},
    "cli": FOUNDATION
    | {
        "areas_command",
        "batch_command",
        "catalog_command",
        "check_command",
        "compare_command",
        "documents",
        "guard",
        "init_command",
        "interrupt",
        "options",
        "partition_command",
        "report_command",
        "run_command",
        "version",
    },
}
"""What each room may use besides itself. The root package is the front door: it may use all."""
LATE_AND_UPWARD = ("carbonspace.model.assessment", "outputs")
"""The one arrow that points up: `Assessment.write` is a convenience for scripts."""
KERNELS_USE = {
    "contextlib",
    "functools",
    "math",
    "numba",
    "numpy",
    "scipy",
    "shapely",
    "typing",
    "collections",
    "__future__",
}
NO_READING = {"open", "read_text", "read_bytes", "read_file", "read_dataframe", "to_crs", "print"}
MOST_LINES = 400


def is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs, without what stands there for the type checker alone."""
    for node in ast.iter_child_nodes(tree):
        if not is_for_types_only(node):
            yield node
            yield from running_nodes(node)


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of every module `path` imports, early or late."""
    package = next(name for name, file in MODULES.items() if file == path)
    if path.name != "__init__.py":
        package = package.rpartition(".")[0]
    for node in running_nodes(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, node.module or ""]).rstrip(".") if node.level else node.module
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in MODULES else str(base)


def room(module: str) -> str:
    """Return the room of a module of the house; the root package is the room ``""``."""
    return module.removeprefix("carbonspace").removeprefix(".").partition(".")[0]


def arrows(name: str) -> set[str]:
    """Return the modules of the house that module `name` imports."""
    ours = {module for module in imported(MODULES[name]) if module.startswith("carbonspace")}
    if name == LATE_AND_UPWARD[0]:
        ours = {module for module in ours if room(module) != LATE_AND_UPWARD[1]}
    return ours


@pytest.mark.parametrize("name", [name for name in MODULES if name != "carbonspace"])
def test_arrows_run_one_way(name: str) -> None:
    assert room(name) in ARROWS, f"{name}: a new room needs its arrows written down"
    used = {room(module) for module in arrows(name)} - {room(name)}
    assert used <= ARROWS[room(name)]


def test_the_one_upward_import_is_late() -> None:
    name, above = LATE_AND_UPWARD
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    late = [n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)]
    upward = [
        n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and room(n.module or "") == above
    ]
    assert len(upward) == 1
    assert upward[0] in late


def test_no_circle_of_imports() -> None:
    graph = {name: arrows(name) - {name} for name in MODULES if name != "carbonspace"}
    while graph:
        free = {name for name, used in graph.items() if not used & graph.keys()}
        assert free, f"a circle among {sorted(graph)}"
        graph = {name: used for name, used in graph.items() if name not in free}


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) == "kernels"])
def test_kernels_know_numbers_and_geometry_only(name: str) -> None:
    foreign = {m.partition(".")[0] for m in imported(MODULES[name]) if room(m) != "kernels"}
    assert foreign <= KERNELS_USE


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) == "indicators"])
def test_indicators_only_compute(name: str) -> None:
    assert not called(MODULES[name]) & NO_READING


def test_nothing_is_unpickled() -> None:
    """What is read back from a disk or a database can never run."""
    unsafe = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    for name, path in MODULES.items():
        text = path.read_text("utf-8")
        assert not {one.partition(".")[0] for one in imported(path)} & unsafe, name
        assert "read_pickle" not in text, name
        assert "allow_pickle=True" not in text, name


@pytest.mark.parametrize("name", [n for n in MODULES if room(n) != "cli"])
def test_only_the_command_line_prints(name: str) -> None:
    calls = [
        n for n in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))) if isinstance(n, ast.Call)
    ]
    bare = {n.func.id for n in calls if isinstance(n.func, ast.Name)}
    assert "print" not in bare


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


def called(path: Path) -> set[str]:
    """Return the last name of everything `path` calls."""
    calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
    names = {n.func.id for n in calls if isinstance(n.func, ast.Name)}
    return names | {n.func.attr for n in calls if isinstance(n.func, ast.Attribute)}
