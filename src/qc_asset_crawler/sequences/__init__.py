"""Find media and detect image sequences: `walk` reads directories, `grouping` is pure."""
