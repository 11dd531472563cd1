"""The demo company: generated from a seed, written as both vendors' seeds, with a week that follows.

It speaks the vendors' words and the product's published field names, and imports nothing of the product.
"""

from __future__ import annotations

from adapters.simulator.world.count import HandedOff, expected, handed_off
from adapters.simulator.world.generate import SUGGESTED_NOW, World, generate
from adapters.simulator.world.steps import Step
from adapters.simulator.world.visitors import ANSWERS

__all__ = ["ANSWERS", "SUGGESTED_NOW", "HandedOff", "Step", "World", "expected", "generate", "handed_off"]
