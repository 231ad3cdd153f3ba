"""Dimensions of sample paths, and of the processes behind them.

A finite sample has dimension 0: every number measured here is a slope over stated scales, and says which.
"""

from levysde.dimension.bound import generalization_bound
from levysde.dimension.box_counts import BoxCounts
from levysde.dimension.graph import graph_boxes, graph_dimension
from levysde.dimension.path_risk import path_gap
from levysde.dimension.persistent_homology import persistent_homology_dimension
from levysde.dimension.range import range_boxes, range_dimension
from levysde.dimension.self_similarity import index_from_increments
from levysde.dimension.upper_index import upper_index
from levysde.dimension.zero_set import zero_set_dimension, zero_set_slope

__all__ = [
    "BoxCounts",
    "generalization_bound",
    "graph_boxes",
    "graph_dimension",
    "index_from_increments",
    "path_gap",
    "persistent_homology_dimension",
    "range_boxes",
    "range_dimension",
    "upper_index",
    "zero_set_dimension",
    "zero_set_slope",
]
