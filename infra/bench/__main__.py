"""python -m infra.bench [part ...]: all parts, or those named.

A part is a module of this package with `run() -> Part`. Timed figures are ratios to a peer that is
measured in the same run, interleaved; what the machine's other work does to one it does to both.
"""

import argparse
import importlib
import io
import sys
from importlib.util import find_spec

from rich.console import Console

from infra.bench.report import FOLDER, Part, show, write
from infra.errandless.failures import OperatorError

WIDTH = 120
PARTS = (
    "order",
    "bills",
    "bill_files",
    "cold_start",
    "warm_calls",
    "matcher",
    "journal",
    "guesses",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="infra.bench", description="Speed and cost")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all when none is named")
    asked = parser.parse_args().parts or [name for name in PARTS if _exists(name)]
    unknown = [name for name in asked if name not in PARTS or not _exists(name)]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    text = Console(file=io.StringIO(), width=WIDTH)
    screen = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    done: dict[str, Part] = {}
    for name in asked:
        print(f"Measuring {name} ...", file=sys.stderr)
        try:
            done[name] = importlib.import_module(f"infra.bench.{name}").run()
        except OperatorError as error:
            print(f"{name} was not measured: {error}", file=sys.stderr)
            continue
        show(done[name], screen)
        show(done[name], text)
        write({name: done[name]})
    assert isinstance(text.file, io.StringIO)
    (FOLDER / "table.txt").write_text(text.file.getvalue())
    screen.print(f"JSON and table: {FOLDER}", highlight=False)


def _exists(name: str) -> bool:
    return find_spec(f"infra.bench.{name}") is not None


if __name__ == "__main__":
    main()
