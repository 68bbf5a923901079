"""The report command: print an old record again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.console import say
from tutelage.cli.options import check_output_file
from tutelage.report.html import write_report
from tutelage.report.record import AuditRecord


def report(
    run: Annotated[Path, typer.Argument(help="The folder of a run, or its record.json.")],
    out: Annotated[
        Path | None, typer.Option(help="HTML file; default: report.html beside the record.")
    ] = None,
) -> None:
    """Write the report of an earlier run again from its record.

    Example:  tutelage report tutelage-out
    """
    record = run / "record.json" if run.is_dir() else run
    page = out or record.with_name("report.html")
    check_output_file(page)
    say(f"report: {write_report(AuditRecord.load(record), page)}")
