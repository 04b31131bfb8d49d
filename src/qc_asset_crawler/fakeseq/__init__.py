"""Make image sequences that look like somebody's plates: real frames, to test with."""
