"""The laws of metastability, checked: by theory, by the equation of the generator, and by simulation."""

from levysde.verification.registry import LAWS, Law
from levysde.verification.result import Report, Row, Verification
from levysde.verification.run import check_request, verify

__all__ = ["LAWS", "Law", "Report", "Row", "Verification", "check_request", "verify"]
