"""From values to kernels: plans, blocks of paths, workers, progress, interruption."""
