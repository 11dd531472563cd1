"""``python -m connector.cli``: the same as the console script."""

from __future__ import annotations

from connector.cli import main

main()
