"""Recorded once, run fast: functions and graphs as straight-line code with their gradients."""
