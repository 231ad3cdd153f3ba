"""The noise of minibatch gradients: recorded, judged layer by layer, and produced by small networks."""

from levysde.sgd.gradient_noise.along import Snapshot, noise_along
from levysde.sgd.gradient_noise.indices import NoiseIndices, indices
from levysde.sgd.gradient_noise.record import Record
from levysde.sgd.gradient_noise.reports import NoiseReport, report
from levysde.sgd.gradient_noise.torch_adapter import record_gradient_noise

__all__ = [
    "NoiseIndices",
    "NoiseReport",
    "Record",
    "Snapshot",
    "indices",
    "noise_along",
    "record_gradient_noise",
    "report",
]
