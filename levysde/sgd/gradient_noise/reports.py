"""What minibatch gradients say about the tail of the gradient noise, layer by layer, with every control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from levysde._streams import RNG, entropy_of
from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array
from levysde.tails import TailReport
from levysde.tails import report as tail_report

FloatArray = NDArray[np.float64]

MOST_COORDINATES = 500
MOST_REPEATED = 0.05  # of the minibatches: the share of repeated values up to which a coordinate counts as continuous
SPARSE = f"every coordinate repeats a value in more than {MOST_REPEATED:.0%} of the minibatches (silent units)"


@dataclass(frozen=True, eq=False)
class NoiseReport:
    """Tail reports of one snapshot of gradient noise.

    Attributes
    ----------
    layers : dict of str to TailReport
    pooled : TailReport
        Of all these layers together.
    left_out : dict of str to str
        Layers that cannot be judged, and why.
    iteration : int, or None where it is not known
    """

    layers: dict[str, TailReport]
    pooled: TailReport
    left_out: dict[str, str]
    iteration: int | None = None

    def table(self) -> str:
        """Return a line per layer: the index, what the Gaussian surrogate reads, and the verdict."""
        rows = [*self.layers.items(), ("pooled", self.pooled)]
        width = max(len(name) for name, _ in rows)
        lines = [f"{'':<{width}}  {'index':>15}  {'surrogate':>15}  verdict"]
        for name, found in rows:
            data, surrogate = found.controls[0].index, found.controls[1].index
            lines.append(f"{name:<{width}}  {data!s:>15}  {surrogate!s:>15}  {found.verdict}")
        return "\n".join([*lines, *(f"{name}: left out, {reason}" for name, reason in self.left_out.items())])

    def __str__(self) -> str:
        return self.table()

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text, for JSON."""
        layers = {name: found.to_dict() for name, found in self.layers.items()}
        return {
            "iteration": self.iteration,
            "layers": layers,
            "pooled": self.pooled.to_dict(),
            "left_out": self.left_out,
        }


def report(
    gradients: Mapping[str, ArrayLike],
    *,
    full: Mapping[str, ArrayLike] | None = None,
    coordinates: int = MOST_COORDINATES,
    iteration: int | None = None,
    rng: RNG = None,
) -> NoiseReport:
    """Say what the minibatch gradients at one point of training support, per layer and pooled.

    The noise of a minibatch is its gradient less the full gradient. Rows (minibatches) are independent given the
    weights, coordinates are not: every layer is judged by `levysde.tails.report` with coordinates as columns, beside a
    Gaussian surrogate of the same covariances, so that layers of unequal scale are not taken for heavy tails.
    Coordinates that repeat a value in more than 5 % of the minibatches (0 behind silent units) have an atom, which no
    tail index describes, and are left out; so are layers without any other coordinate.

    Parameters
    ----------
    gradients : layer name to array (n_batches, ...), at least 20 minibatch gradients at the same weights
    full : layer name to the full gradient (...); None takes the mean of the minibatches
    coordinates : of a layer, chosen at random where there are more: enough for the index, and few enough for seconds
    iteration : kept in the result
    rng : None, int, `numpy.random.SeedSequence` or `numpy.random.Generator`, for surrogates and choices

    Returns
    -------
    NoiseReport

    Raises
    ------
    ValueError, TypeError
        No layer, layers of unequal numbers of minibatches, values that are not finite, or no layer that can be judged;
        the message names the layer.

    References
    ----------
    Şimşekli, Sagun and Gürbüzbalaban, ICML 2019, arXiv:1901.06053.

    Examples
    --------
    >>> import numpy as np
    >>> from levysde.sgd import gradient_noise
    >>> gradients = {"weights": np.random.default_rng(1).normal(size=(200, 30)) * np.geomspace(0.01, 1, 30)}
    >>> gradient_noise.report(gradients, rng=1).layers["weights"].kind
    'gaussian'
    """
    most = count(coordinates, "coordinates")
    if not isinstance(gradients, Mapping) or not gradients:
        raise TypeError("gradients must map names of layers to arrays (n_batches, ...), with at least one layer")
    if full is not None and set(full) != set(gradients):
        raise ValueError(f"full has the layers {sorted(full)} and gradients {sorted(gradients)}; give the same")
    seeds = np.random.SeedSequence(entropy_of(rng)).spawn(2 * len(gradients) + 1)
    noise: dict[str, FloatArray] = {}
    left_out: dict[str, str] = {}
    for number, (name, values) in enumerate(gradients.items()):
        rows = _noise(name, values, None if full is None else full[name])
        if len(rows) != len(np.asarray(next(iter(gradients.values())))):
            raise ValueError(f"layer {name!r} has {len(rows)} minibatches, others differ; give the same for all layers")
        usable = np.flatnonzero(_continuous(rows))
        if len(usable) > most:
            usable = np.sort(np.random.default_rng(seeds[2 * number]).choice(usable, most, replace=False))
        noise[name] = rows[:, usable]
    layers: dict[str, TailReport] = {}
    for number, (name, rows) in enumerate(noise.items()):
        try:
            if not rows.size:
                raise ValueError(SPARSE)
            layers[name] = tail_report(rows, rng=seeds[2 * number + 1])
        except ValueError as error:
            left_out[name] = str(error)
    if not layers:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise ValueError(f"no layer can be judged ({reasons}); give more minibatches, or larger ones")
    everything = np.hstack([noise[name] for name in layers])
    pooled = next(iter(layers.values())) if len(layers) == 1 else tail_report(everything, rng=seeds[-1])
    return NoiseReport(layers, pooled, left_out, iteration)


def _continuous(rows: FloatArray) -> NDArray[np.bool_]:
    """Return which coordinates have a continuous law: hardly any value twice.

    Behind ReLU units a coordinate is exactly 0 in every minibatch that does not reach it: it has an atom, and a tail
    only beside it.
    """
    repeated = np.count_nonzero(np.diff(np.sort(rows, axis=0), axis=0) == 0, axis=0)
    continuous: NDArray[np.bool_] = repeated <= MOST_REPEATED * len(rows)
    return continuous


def _noise(name: str, values: ArrayLike, full: ArrayLike | None) -> FloatArray:
    array = finite_array(values, f"gradients[{name!r}]")
    if array.ndim < 2 or not array.size:
        raise ValueError(f"gradients[{name!r}] has shape {array.shape}; give (n_batches, ...)")
    rows = array.reshape(len(array), -1)
    if full is None:
        centre = rows.mean(axis=0)
    else:
        centre = finite_array(full, f"full[{name!r}]").ravel()
        if centre.shape != rows.shape[1:]:
            raise ValueError(f"full[{name!r}] has {centre.size} values and a gradient {rows.shape[1]}; give as many")
    noise: FloatArray = rows - centre
    return noise
