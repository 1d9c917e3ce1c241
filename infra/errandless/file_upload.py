"""A file of this machine into a bucket, with a bar."""

from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from infra.errandless.console import console
from infra.errandless.province_rows import OpenedProvince


def upload_file(opened: OpenedProvince, bucket: str, key: str, file: Path) -> None:
    columns = (TextColumn(file.name, markup=False), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=file.stat().st_size)
        opened.client("s3").upload_file(
            str(file), bucket, key, Callback=lambda sent: progress.advance(task, sent)
        )
