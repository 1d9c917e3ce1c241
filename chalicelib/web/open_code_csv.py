"""A list for a spreadsheet: UTF-8 with a mark, nothing that it would run."""

import csv
import io
from collections.abc import Iterable, Sequence

from chalice.app import Response

from chalicelib.reconciliation.report_csv import neutralize

MARK = "\ufeff"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([neutralize(cell) for cell in row] for row in rows)
    return MARK + text.getvalue()


def csv_response(header: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> Response:
    return Response(
        body=csv_text(header, rows),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
