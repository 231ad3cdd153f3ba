"""The four papers behind this package: every theorem and figure that can be run, beside what the paper prints."""

from levysde.reproduce.catalogue import PAPERS, Paper, experiments
from levysde.reproduce.finding import Report
from levysde.reproduce.run import check_request, reproduce

__all__ = ["PAPERS", "Paper", "Report", "check_request", "experiments", "reproduce"]
