"""Measurements of the product against bare floors, as ratios of paired runs."""
