"""What every command has in hand once its command line is resolved."""

from argparse import Namespace

from ..config import Resolved
from .console import Console
from .signals import Interruption

InHand = tuple[Namespace, Resolved, Console, Interruption, str]


class Command:
    """A resolved command line, about to be carried out."""

    def __init__(
        self,
        options: Namespace,
        resolved: Resolved,
        console: Console,
        interruption: Interruption,
        terminal: str,
    ) -> None:
        self.options = options
        self.resolved = resolved
        self.console = console
        self.interruption = interruption
        self.terminal = terminal
