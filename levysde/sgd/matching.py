"""The SDE that stochastic gradient descent with heavy-tailed gradient noise follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from levysde._validate import positive
from levysde.noise import AlphaStable, Brownian
from levysde.sde import SDE
from levysde.stable.sampling import check_index

if TYPE_CHECKING:
    from levysde.landscapes import Landscape
    from levysde.noise import Noise


def matching_sde(landscape: Landscape, *, eta: float, sigma: float, alpha: float | None) -> SDE:
    r"""Return the SDE whose Euler chain with the step dt = eta is SGD with stable gradient noise.

    SGD with step size eta, x_{k+1} = x_k - eta (grad U(x_k) + sigma S_k), and S_k standard symmetric stable, is

    .. math:: x_{k+1} = x_k - \eta\,\nabla U(x_k) + \epsilon\,\eta^{1/\alpha} S_k,
        \qquad \epsilon = \eta^{(\alpha-1)/\alpha}\sigma,

    which is Euler's scheme for dX = -grad U dt + epsilon dL^alpha at the times t = eta k. An exit time t of the SDE is
    an exit after t / eta iterations.

    Parameters
    ----------
    landscape : the loss U
    eta : step size (learning rate), above 0
    sigma : scale of a coordinate of the minibatch gradient noise, above 0: its characteristic function is
        exp(-\|sigma k\|^alpha); for alpha=None its standard deviation
    alpha : tail index in (0, 2], or None for Gaussian noise with the standard deviation sigma, which gives
        epsilon = sqrt(eta) sigma with `Brownian()`. alpha=2 is the limit of stable noise, whose standard deviation is
        sqrt(2) sigma

    Returns
    -------
    SDE
        With independent noise in the coordinates. For alpha < 1 epsilon grows as eta falls: there the SDE is no limit
        of small steps.

    Raises
    ------
    ValueError, TypeError
        For numbers outside their range, or something that is no landscape.

    References
    ----------
    Şimşekli, Sagun and Gürbüzbalaban, ICML 2019, arXiv:1901.06053; Nguyen, Şimşekli, Gürbüzbalaban and Richard,
    NeurIPS 2019, arXiv:1906.09069.

    Examples
    --------
    >>> import levysde as ls
    >>> ls.sgd.matching_sde(ls.DoubleWell(), eta=1.0, sigma=2.0, alpha=1.5)
    SDE(landscape=DoubleWell(scale=1.0), noise=AlphaStable(1.5), epsilon=2.0)
    >>> ls.sgd.matching_sde(ls.DoubleWell(), eta=0.01, sigma=2.0, alpha=None).epsilon
    0.2
    """
    eta, sigma = positive(eta, "eta"), positive(sigma, "sigma")
    index: float = 2.0
    noise: Noise = Brownian()
    if alpha is not None:
        index, _ = check_index(alpha)
        noise = AlphaStable(index)
    return SDE(landscape, noise, epsilon=float(eta ** ((index - 1) / index) * sigma))
