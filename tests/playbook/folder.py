"""A company's mapping folder, written for a test."""

from __future__ import annotations

from pathlib import Path

SYSTEMS = ("hubspot", "memory", "salesforce")


def write(directory: Path, **documents: str) -> Path:
    """A folder ``acme`` with one file for each document: ``team="..."`` is ``team.toml``."""
    folder = directory / "acme"
    folder.mkdir(exist_ok=True)
    for name, text in documents.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder
