"""The chain between minima: rates from well to well, predicted, solved for, and counted along simulated paths.

chain(sde)                       what theory predicts for small noise
solve_chain(sde)                 from the exit problem, without asymptotics and without simulation (1-D)
count_transitions(sde, t=...)    counted along paths; `.compare(chain(sde), solve_chain(sde))` sets all side by side
"""

from levysde.wells.chapman_kolmogorov import ChapmanKolmogorov
from levysde.wells.comparison import RateComparison
from levysde.wells.counting import count_transitions
from levysde.wells.counts import TransitionCounts
from levysde.wells.markov import Merge
from levysde.wells.predicted import chain
from levysde.wells.solved import solve_chain
from levysde.wells.well_chain import WellChain

__all__ = [
    "ChapmanKolmogorov",
    "Merge",
    "RateComparison",
    "TransitionCounts",
    "WellChain",
    "chain",
    "count_transitions",
    "solve_chain",
]
