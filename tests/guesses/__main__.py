"""`python -m tests.guesses`: GUESSES and SEED are taken from the environment."""

import io
import os
import sys
import time
from contextlib import redirect_stdout

from rich.console import Console
from rich.progress import track

from chalicelib.storage.guesses import MAX_WRONG
from tests.guesses.attack import attack, check
from tests.support.local_province import local_province
from tests.support.seeded import seed


def main() -> None:
    guesses, number = int(os.environ.get("GUESSES", "100000")), int(os.environ.get("SEED", "1"))
    console, started = Console(file=sys.stderr), time.monotonic()
    steps = iter(track(range(guesses), f"{guesses} guesses, seed {number}", console=console))

    def advance() -> None:
        next(steps, None)

    with redirect_stdout(io.StringIO()), local_province(seed) as province:
        outcome = attack(province, guesses, number, advance)
    check(outcome)
    seconds = time.monotonic() - started
    counts = ", ".join(f"{n} answered {status}" for status, n in sorted(outcome.statuses.items()))
    most = ", ".join(f"{kind} {outcome.most(kind)} of {MAX_WRONG[kind]}" for kind in MAX_WRONG)
    print(
        f"{guesses} guesses in {seconds:.0f} s: nothing found; {counts}; most in a window: {most}"
    )


if __name__ == "__main__":
    main()
