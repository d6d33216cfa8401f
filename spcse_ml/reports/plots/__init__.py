"""Plots: a value goes in, a figure comes out."""
