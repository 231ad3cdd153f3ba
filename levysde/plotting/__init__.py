"""Pictures of landscapes, paths, exit times and comparisons; the only module that draws."""

from levysde.plotting.dispatch import plot

__all__ = ["plot"]
