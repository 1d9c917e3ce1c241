"""The routes and functions that `app.py` declares."""

import ast

from infra.errandless.paths import ROOT


def routes_page() -> str:
    import app  # noqa: F401 - declares every operation
    from chalicelib.web.operations import OPERATIONS
    from infra.reference.pages import table

    rows = [
        (
            f"`{each.method} {each.path}`",
            each.summary,
            f"`{each.scope.value}`" if each.scope else "public",
            each.consistency.value,
            "yes" if each.needs_idempotency_key else "",
        )
        for each in sorted(OPERATIONS, key=lambda each: (each.path, each.method))
    ]
    header = ("route", "what it does", "scope", "consistency", "Idempotency-Key")
    intro = "# Routes\n\nMade from the declared operations; `/openapi.json` has the bodies.\n\n"
    return f"{intro}{table(header, rows)}\n# Functions\n\n{functions_table()}"


def functions_table() -> str:
    from infra.reference.pages import table

    tree = ast.parse((ROOT / "app.py").read_text())
    rows = [("`app`", "HTTP", "`chalicelib/web/`")]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            job = next(each for each in ast.walk(node) if isinstance(each, ast.ImportFrom))
            module = (job.module or "").replace(".", "/")
            rows.append((f"`{node.name}`", _trigger(node), f"`{module}.py`"))
    return table(("function", "started by", "code"), rows)


TRIGGERS = {
    "ledger_stream": "the ledger table's stream",
    "journal_keeper": "the ledger table's stream, a second time",
    "receipt_numberer": "the receipts queue (FIFO)",
    "notice_sender": "the notices queue",
    "bill_file_worker": "the queue of bill files: `bills/` in the statements bucket",
}


def _trigger(node: ast.FunctionDef) -> str:
    decorator = node.decorator_list[0]
    assert isinstance(decorator, ast.Call)
    assert isinstance(decorator.func, ast.Attribute)
    match decorator.func.attr:
        case "schedule":
            rate = decorator.args[0]
            assert isinstance(rate, ast.Call)
            return f"schedule: every {_words(rate)}"
        case "on_cw_event":
            prefix = next(
                value
                for each in ast.walk(decorator)
                if isinstance(each, ast.Dict)
                and [ast.literal_eval(key) for key in each.keys if key] == ["prefix"]
                for value in map(ast.literal_eval, each.values)
            )
            return f"a file at `{prefix}` in the statements bucket"
    return TRIGGERS[node.name]


def _words(rate: ast.Call) -> str:
    number = ast.literal_eval(rate.args[0])
    unit = rate.keywords[0].value
    assert isinstance(unit, ast.Attribute)
    word = unit.attr.lower().removesuffix("s")
    return word if number == 1 else f"{number} {word}s"
