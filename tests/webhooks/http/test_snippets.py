"""The verification snippets that receivers copy: what they accept, and what they refuse."""

import base64
import importlib.util
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from webhooks.http.signing import TOLERANCE

SNIPPETS = settings.BASE_DIR / "docs" / "api" / "snippets"
VECTORS = json.loads((Path(__file__).parent / "signature_vectors.json").read_text())["vectors"]

Verdict = Callable[[list[dict[str, Any]]], list[bool]]


def case(name: str, expected: bool, vector: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A request to verify, and whether it should pass."""
    return {
        "name": f"{vector['name']}: {name}",
        "expected": expected,
        "secret": vector["secrets"][0],
        "body": vector["body_base64"],
        "header": vector["headers"]["Autousers-Signature"],
        "now": vector["timestamp"],
    } | changes


def cases_of(vector: dict[str, Any]) -> list[dict[str, Any]]:
    at = vector["timestamp"]
    header = vector["headers"]["Autousers-Signature"]
    altered = base64.b64encode(base64.b64decode(vector["body_base64"]) + b" ").decode()
    first = header.split(",")[1]
    return [
        *(case(f"secret {n}", True, vector, secret=s) for n, s in enumerate(vector["secrets"])),
        case("as late as allowed", True, vector, now=at + TOLERANCE),
        case("as early as allowed", True, vector, now=at - TOLERANCE),
        case("too late", False, vector, now=at + TOLERANCE + 1),
        case("too early", False, vector, now=at - TOLERANCE - 1),
        case("another body", False, vector, body=altered),
        case("another secret", False, vector, secret="whsec_other"),
        case("another time", False, vector, header=f"t={at + 1},{first}"),
        case("spaces between", True, vector, header=header.replace(",", ", ")),
        case("a new scheme beside it", True, vector, header=f"{header},v2=00"),
        case("only as another scheme", False, vector, header=header.replace("v1=", "v2=")),
        case("wrong before right", True, vector, header=f"t={at},v1={'0' * 64},{first}"),
        case("right before wrong", True, vector, header=f"t={at},{first},v1={'0' * 64}"),
        case("something after it", False, vector, header=f"t={at},{first}00"),
        case("cut off", False, vector, header=f"t={at},{first[:-2]}"),
    ]


MALFORMED = [
    case(repr(header), False, VECTORS[0], header=header)
    for header in (
        "",
        ",",
        "t=",
        "v1=",
        "t=1780300805",
        "t=1780300805,v1",
        "t=1780300805,v1=",
        "t=1780300805,v1=größer",
        "t=now,v1=" + "0" * 64,
        "t=" + "9" * 5000 + ",v1=" + "0" * 64,
        VECTORS[0]["headers"]["Autousers-Signature"].replace("t=", "x="),
    )
]

CASES = [one for vector in VECTORS for one in cases_of(vector)] + MALFORMED


def python(cases: list[dict[str, Any]]) -> list[bool]:
    spec = importlib.util.spec_from_file_location("verify", SNIPPETS / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def accepts(one: dict[str, Any]) -> bool:
        try:
            module.verify(one["secret"], base64.b64decode(one["body"]), one["header"], one["now"])
        except ValueError:
            return False
        return True

    return [accepts(one) for one in cases]


#: What makes the snippet TypeScript, to be taken out again: no compiler is at hand here.
TYPES = {
    "type Verify = (secret: string, body: Uint8Array, header: string, now?: number) => void;": "",
    "export const verify: Verify =": "export const verify =",
}

RUNNER = """
import { readFileSync } from "node:fs";
import { verify } from "./verify.mjs";

const accepts = ({ secret, body, header, now }) => {
  try {
    verify(secret, Buffer.from(body, "base64"), header, now);
    return true;
  } catch (error) {
    if (error.constructor !== Error) throw error;
    return false;
  }
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(accepts)));
"""


def typescript(cases: list[dict[str, Any]], folder: Path) -> list[bool]:
    source = (SNIPPETS / "verify.ts").read_text()
    for typed, plain in TYPES.items():
        assert source.count(typed) == 1
        source = source.replace(typed, plain)
    (folder / "verify.mjs").write_text(source)
    (folder / "run.mjs").write_text(RUNNER)
    done = subprocess.run(
        ["node", folder / "run.mjs"], input=json.dumps(cases), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    answers: list[bool] = json.loads(done.stdout)
    return answers


def compare(answers: list[bool]) -> None:
    wrong = [
        one["name"] for one, answer in zip(CASES, answers, strict=True) if answer != one["expected"]
    ]
    assert not wrong


class TestSnippets:
    def test_python(self):
        compare(python(CASES))

    @pytest.mark.skipif(
        shutil.which("node") is None, reason="no node: the TypeScript snippet is NOT tested"
    )
    def test_typescript(self, tmp_path):
        compare(typescript(CASES, tmp_path))

    @pytest.mark.parametrize("path", sorted(SNIPPETS.glob("*.*")), ids=lambda path: path.name)
    def test_every_one_compares_in_constant_time_within_the_tolerance(self, path):
        constant_time = {
            ".py": "compare_digest(",
            ".ts": "timingSafeEqual(",
            ".go": "hmac.Equal(",
            ".rb": "secure_compare(",
        }
        source = path.read_text()

        assert constant_time[path.suffix] in source
        assert str(TOLERANCE) in source
