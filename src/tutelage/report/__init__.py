"""The evidence, printed: record -> charts -> one HTML page.

The record is the evidence and stands on its own; the page is a view of it. See
``docs/explanation/evidence.md`` for what each number means.
"""

from tutelage.report.html import render_report, write_report
from tutelage.report.record import AuditRecord, build_record

__all__ = ["AuditRecord", "build_record", "render_report", "write_report"]
