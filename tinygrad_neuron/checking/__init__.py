"""Checking a gradient against others: by hand, faux, exact; and the table that explains a graph."""
