"""Benchmarks: `python -m benchmarks` runs all of them and prints one table; `python -m benchmarks.sampling` one."""
