"""Stable laws: random variates, density, distribution function, quantiles, and fitting to data."""

from levysde.stable.distribution import cdf, isf, logcdf, logpdf, logsf, pdf, ppf, sf
from levysde.stable.fitting.fit import fit
from levysde.stable.fitting.result import StableFit
from levysde.stable.sampling import rvs

__all__ = ["StableFit", "cdf", "fit", "isf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "rvs", "sf"]
