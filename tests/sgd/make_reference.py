"""Compute the rows "one_dimension" and "batches_of_one" of tests/reference/linear_regression.json (needs mpmath).

Two routes apart from the package's: for d = 1 the integral over X ~ chi2(b), cut at its kink; for b = 1 the expectation
over V = |a|^2 ~ chi2(d) of 2F1(-s/2, 1/2; d/2; eta V (2 - eta V)), the mean over the sphere of |e - eta a (a.e)|^s.
"""

import json

import mpmath


def chi2_density(x, dof):
    half = mpmath.mpf(dof) / 2
    return x ** (half - 1) * mpmath.exp(-x / 2) / (2**half * mpmath.gamma(half))


def one_dimension(b, eta, s):
    """Return h(s), or rho for s = None."""
    kink = mpmath.mpf(b) / mpmath.mpf(eta)

    def integrand(x):
        factor = abs(1 - x / kink)
        return (mpmath.log(factor) if s is None else factor**s) * chi2_density(x, b)

    return mpmath.quad(integrand, sorted([mpmath.mpf(0), kink, 3 * kink + 5, mpmath.mpf(60), mpmath.inf]))


def batches_of_one(d, eta, s):
    """Return h(s)."""

    def integrand(v):
        z = eta * v * (2 - eta * v)
        value = mpmath.hyp2f1(-mpmath.mpf(s) / 2, mpmath.mpf(1) / 2, mpmath.mpf(d) / 2, z)
        return mpmath.re(value) * chi2_density(v, d)

    return mpmath.quad(integrand, [0, 0.5 / eta, 1 / eta, 2 / eta, 4 / eta, 40, 160])


def main() -> None:
    mpmath.mp.dps = 20
    for b, eta in ((1, 1.3), (2, 0.4), (3, 2.0)):
        for s in (None, 0.25, 1.0, 2.7):
            print("one_dimension", json.dumps([b, eta, s, float(one_dimension(b, eta, s))]))
    for d, eta in ((2, 0.6), (4, 0.5), (15, 0.11)):
        for s in (0.5, 1.3):
            print("batches_of_one", json.dumps([d, eta, s, float(batches_of_one(d, eta, s))]))


if __name__ == "__main__":
    main()
