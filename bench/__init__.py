"""The benchmark: the tool against its rivals, side by side on one machine."""
