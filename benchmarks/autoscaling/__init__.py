"""Simulation of the chart's autoscaling under changing load."""
