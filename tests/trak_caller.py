"""A plain client of Trak for the tests, and what docs/trak-openapi.yaml says of its answers."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from trak_contract import asset_id_of
from trak_server import TrakServer

ROOT = Path(__file__).parent.parent
CONTRACT = yaml.safe_load((ROOT / "docs" / "trak-openapi.yaml").read_text("utf-8"))
REGISTRY = Registry().with_resource("urn:trak", DRAFT202012.create_resource(CONTRACT))
VERSION_PATH, SEARCH_PATH = "/server-info/app-version", "/asset/asset-search"
QC_PATH = "/assets/{asset_id}/qc"


def _examples_of_body(path: str) -> dict[str, Any]:
    body = CONTRACT["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return {name: example["value"] for name, example in body["examples"].items()}


SEARCH = _examples_of_body(SEARCH_PATH)["sequence"]
VERDICTS = _examples_of_body(QC_PATH)
VERDICT = VERDICTS["sequence"]
KEY = VERDICT["qc_id"]
OTHER_KEY = "019a7e41-e94e-724f-9b36-000000000000"


class Answer(NamedTuple):
    """What a client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """A plain client on one connection that does what the contract asks for, unless told else."""

    def __init__(self, trak: TrakServer, seconds: float = 3) -> None:
        self.trak = trak
        self.connection = http.client.HTTPConnection("127.0.0.1", trak.port, timeout=seconds)

    def close(self) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, body: object = None, **headers: str | None) -> Answer:
        """Ask; a header that is None is left out, and so is the base where path starts with //."""
        sent = {"x-api-key": self.trak.key}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        target = path[1:] if path.startswith("//") else self.trak.base + path
        self.connection.request(
            method, target, data, {name: text for name, text in sent.items() if text is not None}
        )
        response = self.connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())

    def version(self) -> Answer:
        return self.ask("GET", VERSION_PATH)

    def look_up(self, path: str = SEARCH["assetPath"]) -> Answer:
        return self.ask("POST", SEARCH_PATH, SEARCH | {"assetPath": path})

    def deliver(self, verdict: dict = VERDICT, asset_id: str = "") -> Answer:
        asset_id = asset_id or asset_id_of(verdict["asset_path"])
        return self.ask("POST", f"/assets/{asset_id}/qc", verdict, Idempotency_Key=verdict["qc_id"])


def raw(trak: TrakServer, request: str = "") -> socket.socket:
    """Send a request, that for the version unless another is given, and leave the answer unread."""
    connection = socket.create_connection(("127.0.0.1", trak.port), timeout=3)
    plain = f"GET {trak.base}{VERSION_PATH} HTTP/1.1\r\nHost: x\r\nx-api-key: {trak.key}\r\n\r\n"
    connection.sendall((request or plain).encode())
    return connection


def pointer(*parts: str) -> str:
    """Return the reference to a place in the contract."""
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in parts)
    return "urn:trak#/" + "/".join(escaped)


def faults(reference: str, value: object) -> list[str]:
    """Return what a schema of the contract has against a value."""
    validator = Draft202012Validator({"$ref": reference}, registry=REGISTRY)
    return [error.message for error in validator.iter_errors(value)]


def reply_faults(path: str, method: str, answer: Answer) -> list[str]:
    """Return what the contract has against an answer."""
    replies = CONTRACT["paths"][path][method]["responses"]
    code = str(answer.status) if str(answer.status) in replies else f"{answer.status // 100}XX"
    at = ["paths", path, method, "responses", code]
    if "$ref" in replies[code]:
        at = replies[code]["$ref"].removeprefix("#/").split("/")
    assert answer.headers["Content-Type"] == "application/json"
    return faults(pointer(*at, "content", "application/json", "schema"), answer.json())
