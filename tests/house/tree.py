"""What the house tests look at: the repository's own files, without what was installed, built or cached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("connector", "adapters", "jobs", "mappings")
NOT_OURS = frozenset({"__pycache__", "build", "dist", "node_modules"})
DOTTED_OURS = frozenset({".ci", ".gitignore"})


def product_files() -> list[Path]:
    """Every Python file of the shipped packages, in order."""
    return sorted(path for package in PRODUCT for path in _files(ROOT / package) if path.suffix == ".py")


def python_files() -> list[Path]:
    """Every Python file of the repository, in order."""
    return sorted(path for path in _files(ROOT) if path.suffix == ".py")


def text_files() -> Iterator[tuple[Path, str]]:
    """Every text file of the repository with its text."""
    for path in sorted(_files(ROOT)):
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def name(path: Path) -> str:
    """The path as a person of the repository writes it."""
    return path.relative_to(ROOT).as_posix()


def _files(directory: Path) -> Iterator[Path]:
    for path in directory.iterdir():
        if path.name in NOT_OURS or path.suffix in {".egg-info", ".db"}:
            continue
        if path.name.startswith(".") and path.name not in DOTTED_OURS:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path
