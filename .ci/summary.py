"""Adds up pytest's JUnit files and ends with one line: `N passed, N failed, N skipped`."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def main(paths: list[str]) -> None:
    total = failed = skipped = 0
    for path in filter(lambda each: Path(each).is_file(), paths):
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):  # noqa: S314 - pytest wrote it
            total += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    print(f"{total - failed - skipped} passed, {failed} failed, {skipped} skipped")


main(sys.argv[1:])
