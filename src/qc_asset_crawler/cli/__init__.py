"""The command line: arguments in, text out. Nothing here decides about assets."""
