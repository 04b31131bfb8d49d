"""The version of the tool and of the sidecars it writes."""

__version__ = "1.0.0"

TOOL_VERSION = f"eikon-qc-marker/{__version__}"
SCHEMA_VERSION = "1.1.0"
