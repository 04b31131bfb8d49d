"""Decode every pixel of pictures, by OpenImageIO in a process of its own; `docs/findings.md`."""
