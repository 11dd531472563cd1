"""A trained model as text or JSON: what it reads, its weights, and how it did on people it had not seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connector.decide.win_model import WinModel
from connector.report.shares import percent

WEIGHTS_SHOWN = 15


def as_document(company: str, model: WinModel) -> dict[str, Any]:
    """The document of ``leadloop model show --json``."""
    head = {"company": company, "digest": model.digest, "used_on_live_people": not model.reads_own_fields}
    return head | model.as_body()


def shown(company: str, model: WinModel) -> str:
    """The model for a terminal."""
    return "\n".join(_lines(company, model))


def _lines(company: str, model: WinModel) -> Iterator[str]:
    figures = model.figures
    yield f"{company}: the chance of winning, learned from {figures['people']} people with {figures['wins']} wins"
    yield f"  {model.history} history, trained {model.trained_at[:10]}, digest {model.digest[:12]}"
    yield f"  reads {', '.join(model.encoding.fields)}; {len(model.encoding.signals)} signals"
    tested = f"{figures['tested_people']} newest people ({figures['tested_wins']} wins)"
    yield f"  a model of the older people, tried on the {tested}:"
    yield f"    AUC {figures['auc']:.3f} (95 % {figures['auc_low']:.3f} to {figures['auc_high']:.3f})"
    yield f"    the best fifth buys {figures['top_fifth_lift']:.2f} times as often as all"
    yield f"    Brier {figures['brier']:.4f}, of the base rate alone {figures['brier_of_the_base_rate']:.4f}"
    yield "    calibrated by a sigmoid" if figures["calibrated"] else "    not calibrated further: that did not help"
    yield "    people   said  came true (95 %)"
    for row in figures["reliability"]:
        low, high = row["interval"]["low"], row["interval"]["high"]
        came = f"{percent(row['came_true'])} ({low * 100:.0f} to {high * 100:.0f} %)"
        yield f"    {row['people']:6}  {percent(row['said']):>5}  {came}"
    yield "  strongest weights (per feature)"
    strongest = sorted(model.weights.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    yield from (f"    {weight:+.3f}  {name}" for name, weight in strongest[:WEIGHTS_SHOWN])
    if model.reads_own_fields:
        yield "  not used on people of the CRMs: it reads fields that only the imported files have"
