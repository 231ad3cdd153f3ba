"""Paper: see `catalogue`."""

from __future__ import annotations

from levysde.reproduce.experiment import Experiment

EXPERIMENTS: tuple[Experiment, ...] = ()
