"""The definitions and the findings about them, for people. Decides layout only; nothing is read as markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from connector.playbook.checks.findings import SEVERITIES

if TYPE_CHECKING:
    from connector.playbook.checks import Finding
    from connector.playbook.shown import Item, Section

STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
WIDTH_MAX = 110


def draw_sections(title: str, sections: Iterable[Section], console: Console) -> None:
    """Sections with their definitions, the exact conditions beneath each."""
    console.width = min(console.width, WIDTH_MAX)
    console.print(Text(title, "bold underline"))
    for section in sections:
        console.print()
        console.print(Text(f"{section.title}  ", "bold"), Text(f"[{section.name}]", "dim"), sep="")
        if section.intro:
            console.print(Text(section.intro, "italic"))
        for item in section.items:
            _draw_item(item, console)


def _draw_item(item: Item, console: Console) -> None:
    console.print(Padding(Text.assemble((f"{item.id}: ", "cyan"), item.text), (0, 0, 0, 2), expand=False))
    for line in item.lines:
        indent = len(line) - len(line.lstrip())
        console.print(Padding(Text(line.strip()), (0, 0, 0, 6 + indent), expand=False))


def draw_findings(name: str, findings: Sequence[Finding], console: Console) -> None:
    """One finding after the other, worst first, and how many there are."""
    console.width = min(console.width, WIDTH_MAX)
    for finding in findings:
        console.print(Text.assemble((finding.severity, STYLES[finding.severity]), f" {finding.place}"))
        console.print(Padding(Text(finding.message), (0, 0, 0, 4), expand=False))
    counts = Counter(finding.severity for finding in findings)
    told = ", ".join(f"{counts[severity]} {severity}{'s' * (counts[severity] != 1)}" for severity in SEVERITIES)
    console.print(Text(f"{name}: {told}", "bold"), soft_wrap=True)
