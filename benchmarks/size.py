"""How big a scan is here, the same for the floor, the design that fails, and ours."""

from __future__ import annotations

COLLECTORS = 11
QUESTIONS = 3  # of each collector, one after the other
DELAY = 0.1  # seconds the stand-in takes for each
IDEAL = QUESTIONS * DELAY  # seconds: nobody can be faster
