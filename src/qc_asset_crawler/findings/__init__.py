"""What the bytes of media tell of it: facts, and what is wrong. Pure; `docs/findings.md`."""
