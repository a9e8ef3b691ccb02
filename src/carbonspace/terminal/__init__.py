"""What a person sees in the terminal: progress, tables, findings, files."""

from carbonspace.terminal.assessment import print_assessment
from carbonspace.terminal.comparison import print_comparison
from carbonspace.terminal.files import print_areas, print_files, print_partitions
from carbonspace.terminal.findings import print_checked, print_findings, print_left_out
from carbonspace.terminal.nights import print_history, print_nights
from carbonspace.terminal.progress import shown_progress

__all__ = [
    "print_areas", "print_assessment", "print_checked", "print_comparison", "print_files",
    "print_findings", "print_history", "print_left_out", "print_nights", "print_partitions",
    "shown_progress",
]  # fmt: skip
