"""Sidecars: their names, their JSON (`codec`), reading (`records`) and writing (`store`) them."""

from .codec import NewerSchemaError, decode, encode
from .fields import DamagedSidecarError
from .names import get_side_name_sequence
from .records import BadKind, BadSidecar, Place, Record, Records, read_records

__all__ = [
    "BadKind",
    "BadSidecar",
    "DamagedSidecarError",
    "NewerSchemaError",
    "Place",
    "Record",
    "Records",
    "decode",
    "encode",
    "get_side_name_sequence",
    "read_records",
]
