"""How far beyond a boundary a path gets, in the mean, between two looks: the shift of a watched boundary."""

from __future__ import annotations

import math

import numpy as np

from levysde._types import NDArray
from levysde._validate import finite_number, positive
from levysde.noise.base import Noise
from levysde.theory.correction import restless

LOWEST, HIGHEST, POINTS = -10.0, 50.0, 36_001  # grid of log(k length); the integrand falls like k and like log(k)/k
SMALL = 1e-3  # of |w|: below, the logarithm is summed as a power series


def missed_distance(noise: Noise, dt: float, *, normal: NDArray[np.float64], drift: float, length: float) -> float:
    r"""Return the distance by which to move a boundary *inward*, so that a path watched at multiples of dt is on time.

    Near the boundary let X be the displacement along the outward normal n, of noise exponent psi(kn) and constant drift
    b (outward positive). The maximum of X exceeds that of the watched walk by Spitzer's identity [1]_ in the mean by
    :math:`\int_0^\infty E X_s^+\,ds/s - \sum_j E X_{j\,dt}^+/j`. With
    :math:`E|X_s| = \frac2\pi\int(1 - \mathrm{Re}\,e^{-s(\psi - ikb)})\,dk/k^2` the integral over s and the sum over j
    are Frullani's and the logarithmic series, which leaves one integral, for any Lévy noise and any drift:

    .. math::
        \delta = \frac1\pi\int_0^\infty \mathrm{Re}\log\frac{w}{1 - e^{-w}}\,\frac{dk}{k^2} + \frac{b\,dt}4,
        \qquad w = dt\,(\psi(kn)\,1_{k > 1/\ell} - ikb).

    Without drift it is :math:`\beta_\alpha\sigma\,dt^{1/\alpha} + O(dt)`, the shift of `theory.boundary_shift`, also
    for skewed noise, and for alpha < 1 (where it may be outward) by continuation; at alpha = 1 it is the
    :math:`(\sigma/2\pi)\,dt\log(1/dt)` of that case. The cut-off at 1/length, the distance to the boundary, leaves out
    the jumps that leave anyway: it makes the integral exist for alpha <= 1 and takes part in O(dt) only. Mixtures need
    no ranking of their parts. With a drift that points inward it falls below :math:`\beta_\alpha\sigma\,dt^{1/\alpha}`
    from dt of the order of `theory.shift_limit` on, and stays right there, where the shift without drift overcorrects:
    it can be applied at any dt. What is left of the bias of a mean exit time is of first order in dt.

    Parameters
    ----------
    noise : Noise
        With its amplitude. Jumps at a finite rate do not come close to a boundary between two steps; they are left out.
    dt : float
    normal : array (dim,)
        Outward unit normal at the boundary.
    drift : float
        Component of the drift along it.
    length : float
        Distance of the boundary from where the paths mostly are.

    Returns
    -------
    float
        A distance, negative for a boundary to be moved outward; 0 where nothing but jumps at a finite rate moves.

    References
    ----------
    .. [1] Dia & Lamberton, Adv. Appl. Probab. 43 (2011) 1136, doi:10.1239/aap/1324045702; Bisewski & Ivanovs, Electron.
       J. Probab. 25 (2020), doi:10.1214/20-EJP513 (the limit law of what is missed, alpha > 1); at alpha = 2 Broadie,
       Glasserman & Kou, Math. Finance 7 (1997) 325, doi:10.1111/1467-9965.00035.

    Examples
    --------
    >>> import numpy as np
    >>> import levysde as ls
    >>> from levysde.rare.missed_distance import missed_distance
    >>> for drift in (0.0, -1.0):  # without drift 0.830 * 0.1 * 0.05**(2/3) = 0.01127, less O(dt)
    ...     found = missed_distance(0.1 * ls.AlphaStable(1.5), 0.05, normal=np.ones(1), drift=drift, length=1.0)
    ...     print(round(found, 4))
    0.0108
    0.0042
    """
    dt, length = positive(dt, "dt"), positive(length, "length")
    drift = finite_number(drift, "drift")
    dim = len(normal)
    steady = restless(noise, dim)
    if not steady.leaves():
        return 0.0
    u = np.linspace(LOWEST, HIGHEST, POINTS)
    k = np.exp(u) / length
    psi = steady.psi(k * normal[0] if dim == 1 else k[:, np.newaxis] * normal, dim=dim)
    w = dt * (np.where(u < 0.0, 0.0, psi) - 1j * (k * drift))
    near = np.abs(w) < SMALL
    safe = np.where(near, 1.0, w)
    exact = np.log(np.abs(safe)) - np.log(np.maximum(np.abs(np.expm1(-safe)), np.finfo(float).tiny))
    size = np.where(near, (w / 2 - w * w / 24).real, exact) / k
    return float(np.sum(size) * (u[1] - u[0]) / math.pi + drift * dt / 4)
