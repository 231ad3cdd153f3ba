"""Which scheme, which step, what cost: all schemes on one problem."""

from levysde.bench.measure import work_precision
from levysde.bench.result import SchemeReport, WorkPrecision

__all__ = ["SchemeReport", "WorkPrecision", "work_precision"]
