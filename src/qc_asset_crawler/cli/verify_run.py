"""One verification by `qc-crawl`: read, compare, show."""

from ..crawler.verify import verify
from ..text import json_text
from .ending import Ending
from .run import Run
from .verify_words import (
    differences,
    failures,
    verified_json,
    verify_document,
    verify_summary,
    verify_summary_json,
)


class VerifyRun(Run):
    """One verification, asked for on a command line."""

    def verify(self) -> Ending:
        """Read everything again, and say what is other than recorded, or than passed."""
        found = verify(
            self.resolved.roots, self.settings, self._listener(), stopped=self.interruption
        )
        for warning in found.warnings:
            self.console.say("WARNING", warning)
        ending = self._ending(failures(found), differences(found))
        if self.options.json:
            self.console.result(json_text(verify_document(found, ending, self.options)))
        elif self.options.json_lines:
            for asset in found.assets:
                self.console.result(json_text(verified_json(asset), indent=None))
            totals = {"summary": verify_summary_json(found, ending, self.options)}
            self.console.result(json_text(totals, indent=None))
        elif not self.options.quiet:
            self.console.result(verify_summary(found))
        return ending
