"""Fitting stable laws to data."""
