"""A campaign that tries to break what the tool promises: `python -m faults`."""
