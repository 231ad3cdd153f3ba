"""The noise of minibatch gradients: recorded, judged layer by layer, and produced by small networks."""

from levysde.sgd.gradient_noise.record import Record
from levysde.sgd.gradient_noise.reports import NoiseReport, report
from levysde.sgd.gradient_noise.torch_adapter import record_gradient_noise

__all__ = ["NoiseReport", "Record", "record_gradient_noise", "report"]
