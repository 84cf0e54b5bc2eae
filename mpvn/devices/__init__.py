"""Devices of networks: placement of subnetworks, costs of units, clusters, and forecasts for more devices.

Functions that need a network take it as an argument. May import schedule, files and text.
"""
