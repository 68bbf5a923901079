"""The report command: print an old record again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.console import say
from tutelage.cli.options import check_output_file
from tutelage.report.html import write_report
from tutelage.report.record import AuditRecord
from tutelage.report.record_file import read_record_values
from tutelage.report.text_html import write_text_report
from tutelage.report.text_record import TEXT_FORMAT, TextRecord
from tutelage.report.unlabelled_html import write_unlabelled_report
from tutelage.report.unlabelled_record import UNLABELLED_FORMAT, UnlabelledRecord


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
    values = read_record_values(record)
    if values.get("format") == TEXT_FORMAT:
        written = write_text_report(TextRecord.from_dict(values), page)
    elif values.get("format") == UNLABELLED_FORMAT:
        written = write_unlabelled_report(UnlabelledRecord.from_dict(values), page)
    else:
        written = write_report(AuditRecord.from_dict(values), page)
    say(f"report: {written}")
