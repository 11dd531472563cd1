"""Runnable units, wiring only: what the command line, the scheduler and the demo start."""
