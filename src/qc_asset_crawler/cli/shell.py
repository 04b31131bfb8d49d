"""Commands that are shown to be pasted."""

from shlex import quote


def shell_word(path: str) -> str:
    """Quote a path for a shell, printably: what is shown can be pasted."""
    if path.isprintable():
        return quote(path)
    kept = {byte: chr(byte) for byte in range(0x20, 0x7F)} | {0x27: "\\'", 0x5C: "\\\\"}
    data = path.encode("utf-8", "surrogateescape")
    return "$'" + "".join(kept.get(byte, f"\\x{byte:02x}") for byte in data) + "'"


def shell_path(path: str) -> str:
    """Quote a path that stands alone, so that no command takes it for an option."""
    return shell_word(f"./{path}" if path.startswith("-") else path)
