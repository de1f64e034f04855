"""Writing a graph down: formulas, derivations, listings, source text, spreadsheets."""
