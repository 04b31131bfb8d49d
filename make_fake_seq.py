"""`make-fake-seq` from a checkout: the same as the installed command."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from qc_asset_crawler.shims import make_fake_seq

if __name__ == "__main__":
    sys.exit(make_fake_seq())
