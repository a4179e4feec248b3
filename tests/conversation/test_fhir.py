"""A conversation as a FHIR R4 Bundle: valid by HL7's schema, read by a library, the same ids every time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clinical.codes import ANALYTES, CATEGORIES, HISTORY, SYMPTOMS, Level
from bot.clinical.summary import State
from bot.conversation.desk_talk import DeskConversation, DeskEscalation, DeskMatch, DeskMessage
from bot.conversation.fhir import Shared, make_bundle
from bot.conversation.ports import Contact, Reply
from bot.knowledge.content import load_content

from .fhir_schema import common_units, faults, need_schema

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)
CODES = load_content().record_codes

ITEMS = [
    {"code": "fatigue", "name": "tiredness", "kind": "symptom", "state": "present", "duration_days": 90, "words": "so tired"},
    {"code": "weight_loss", "name": "losing weight", "kind": "symptom", "state": "absent"},
    {"code": "sore_tongue", "name": "a sore tongue", "kind": "symptom", "state": "unsure"},
    {"code": "vision_change", "name": "a change in sight", "kind": "symptom", "state": "not_asked"},
    {"code": "metformin", "name": "metformin", "kind": "history", "state": "present"},
]  # fmt: skip
LABS = [
    {"analyte": "b12", "name": "total B12", "value": "150", "unit": "ng/L", "canonical_value": "110.700",
     "canonical_unit": "pmol/L", "date": "2025-03", "band": "low"},
    {"analyte": "haemoglobin", "name": "haemoglobin", "value": "10.1", "unit": None, "canonical_value": "101.0",
     "canonical_unit": "g/L", "unit_inferred": True, "date": "2025-02-10"},
    {"analyte": "folate", "name": "folate", "value": "4", "unit": None, "canonical_value": None, "canonical_unit": None},
    {"analyte": "intrinsic_factor_antibody", "name": "intrinsic factor antibody", "value": "positive"},
    {"analyte": "potassium", "name": "potassium", "value": "9.9", "unit": "mmol/L", "canonical_value": "9.9",
     "canonical_unit": "mmol/L", "implausible": True, "comparator": ">"},
]  # fmt: skip
SNAPSHOT: dict[str, Any] = {
    "items": ITEMS,
    "labs": LABS,
    "person": {"age": 62, "sex": "female", "pregnant": False},
    "assessment": {
        "route": "confirm_first",
        "rule": "R4",
        "indications": [{"code": "neurologic", "name": "nerve signs"}],
        "flags": [{"code": "expedite", "name": "ask to be seen soon"}],
        "reasons": [{"code": "neurologic", "because": "There is a nerve symptom.", "source": ["bsh"]}],
        "content_version": "abc123def456",
    },
}
MATCH = DeskMatch("throat-closing", Level.EMERGENCY, "anaphylaxis", "m1", 0, 6, "throat")


@pytest.fixture(autouse=True)
def schema_is_there() -> Iterator[None]:
    need_schema()
    yield


def talk(**changes: Any) -> DeskConversation:
    escalation = DeskEscalation(
        id="e-1",
        level=Level.EMERGENCY,
        category="anaphylaxis",
        at=NOON,
        due_at=NOON + timedelta(minutes=5),
        content_version="abc123def456",
        advice="Call 999.",
        matches=(MATCH,),
        state="open",
    )
    given = DeskConversation(
        conversation_id="talk-1",
        version=1,
        level=Level.EMERGENCY,
        category="anaphylaxis",
        channel="web",
        region="uk",
        mode="assistant",
        consent=True,
        opened_at=NOON,
        last_at=NOON,
        assigned_to=None,
        assigned_name=None,
        outcome=None,
        outcome_at=None,
        reviewed_by=None,
        reviewed_at=None,
        contact=Contact(name="Ada Example", phone="01632 960555", email="ada@example.org"),
        reachable_by=("name", "phone", "email"),
        question=None,
        messages=(
            DeskMessage(seq=1, id="m1", author="patient", author_name=None, reply=Reply("My throat closes"), at=NOON),
            DeskMessage(seq=2, id="m2", author="assistant", author_name=None, reply=Reply("Call 999."), at=NOON),
            DeskMessage(seq=3, id="m3", author="staff", author_name="Kim", reply=Reply("I ring you."), at=NOON),
            DeskMessage(seq=4, id="m4", author="patient", author_name=None, reply=Reply(""), at=NOON, hidden="blanked"),
        ),
        escalations=(escalation,),
        notes=(),
        snapshot=SNAPSHOT,
    )
    return replace(given, **changes)


def bundle(given: DeskConversation | None = None, **more: Any) -> dict[str, Any]:
    def name(code: str) -> str:
        return code.replace("_", " ")

    return make_bundle(given or talk(), codes=CODES, name=name, clinic="Riverside Clinic", at=NOON, **more)


def of_kind(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in made["entry"] if entry["resource"]["resourceType"] == kind]


def check(made: dict[str, Any]) -> None:
    """By the schema, by the library, and by what neither looks at: addresses, references and their types."""
    plain = json.loads(json.dumps(made, allow_nan=False))
    assert faults(plain) == []
    assert len(Bundle.parse_obj(plain).entry) == len(made["entry"])
    addresses = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in made["entry"]}
    assert len(addresses) == len(made["entry"])
    for address, entry in zip(addresses, made["entry"], strict=True):
        assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", address)
        assert address == f"urn:uuid:{entry['resource']['id']}"
    for reference in references(made):
        assert addresses[reference["reference"]] == reference["type"]


def references(value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, dict):
        if "reference" in value:
            yield value
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


# --- valid ---


@pytest.mark.parametrize("shared", [Shared(), Shared(messages=True), Shared(contact=True), Shared(True, True)])
@pytest.mark.parametrize("demo", [True, False])
def test_a_bundle_is_valid(shared: Shared, demo: bool) -> None:
    check(bundle(shared=shared, demo=demo))


def test_a_conversation_of_which_nothing_is_known_is_valid(schema_is_there: None) -> None:
    check(bundle(talk(snapshot={}, messages=(), escalations=(), contact=None), shared=Shared(True, True)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"resourceType": "Bot", "id": "x"},
        {"resourceType": "Observation", "status": "final"},
        {"resourceType": "Flag", "status": "open", "code": {"text": "x"}, "subject": {"display": "x"}},
        {"resourceType": "Patient", "name": [], "colour": "red"},
    ],
)
def test_the_check_itself_refuses_what_is_wrong(wrong: dict[str, Any]) -> None:
    """A vendor's type, a missing code, an unknown status, an unknown key."""
    assert faults(wrong)
    assert faults({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": wrong}]})


TEXTS = st.text(max_size=30)
WORDS = st.one_of(st.none(), TEXTS)
NUMBERS = st.decimals(allow_nan=True, allow_infinity=True).map(str)
LAB = st.fixed_dictionaries(
    {
        "analyte": st.sampled_from([*ANALYTES, "unheard_of", ""]),
        "value": st.one_of(NUMBERS, st.sampled_from(["positive", "negative", "", "18O"]), TEXTS),
    },
    optional={
        "name": WORDS,
        "comparator": st.sampled_from(["=", "<", ">", "~", None]),
        "unit": st.one_of(st.sampled_from([None, *CODES.ucum, "lakh/uL", "mg%"]), TEXTS),
        "canonical_value": st.one_of(st.none(), NUMBERS),
        "canonical_unit": st.sampled_from([None, "", *filter(None, ANALYTES.values())]),
        "unit_inferred": st.booleans(),
        "date": st.one_of(st.sampled_from([None, "2024", "2024-13", "2023-02-30", "2024-02-29", "0000"]), TEXTS),
        "implausible": st.booleans(),
        "usable": st.booleans(),
        "band": WORDS,
    },
)
ITEM = st.fixed_dictionaries(
    {
        "code": st.sampled_from([*SYMPTOMS, *HISTORY]),
        "kind": st.sampled_from(["symptom", "history", "fact", "odd"]),
        "state": st.sampled_from([*(state.value for state in State), "odd"]),
    },
    optional={"name": WORDS, "duration_days": st.integers(0, 40_000), "trend": WORDS, "words": WORDS, "detail": WORDS},
)
ANY_SNAPSHOT = st.fixed_dictionaries(
    {},
    optional={
        "items": st.lists(ITEM, max_size=6),
        "findings": st.lists(ITEM.map(lambda item: {**item, "present": True}), max_size=3),
        "labs": st.lists(LAB, max_size=6),
        "person": st.fixed_dictionaries(
            {}, optional={"age": st.integers(0, 120), "sex": WORDS, "pregnant": st.booleans(), "writes_for": WORDS}
        ),
        "assessment": st.fixed_dictionaries(
            {},
            optional={
                "route": WORDS,
                "rule": WORDS,
                "flags": st.lists(st.fixed_dictionaries({"code": TEXTS, "name": WORDS}), max_size=2),
                "reasons": st.lists(st.fixed_dictionaries({"because": WORDS}), max_size=2),
                "content_version": WORDS,
            },
        ),
        "summary": st.one_of(st.none(), st.just({"sections": None})),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    snapshot=ANY_SNAPSHOT,
    said=st.lists(TEXTS, max_size=3),
    reason=WORDS,
    category=st.sampled_from([None, *CATEGORIES]),
    state=st.sampled_from(["open", "acknowledged", "confirmed", "released"]),
    name=WORDS,
)
def test_any_summary_gives_a_valid_bundle(snapshot, said, reason, category, state, name) -> None:
    """Whatever a patient wrote, and whatever an earlier version stored."""
    base = talk()
    escalation = replace(base.escalations[0], category=category, state=state, reason=reason, closed_at=NOON)
    messages = tuple(
        DeskMessage(seq=number, id=f"m{number}", author="patient", author_name=None, reply=Reply(text), at=NOON)
        for number, text in enumerate(said)
    )
    given_talk = talk(
        snapshot=snapshot, messages=messages, escalations=(escalation,), contact=Contact(name=name, phone=name)
    )
    check(bundle(given_talk, shared=Shared(True, True)))


# --- what it says ---


def test_ids_are_the_same_every_time_and_differ_between_conversations() -> None:
    first, again = bundle(shared=Shared(True)), bundle(shared=Shared(True))
    assert first == again
    other = bundle(talk(conversation_id="talk-2"), shared=Shared(True))
    assert not {entry["fullUrl"] for entry in first["entry"]} & {entry["fullUrl"] for entry in other["entry"]}


def test_a_result_that_was_corrected_does_not_move_the_others_ids() -> None:
    before = {o["code"]["text"]: o["id"] for o in of_kind(bundle(), "Observation")}
    changed = {**SNAPSHOT, "labs": [{**LABS[0], "value": "160"}, *LABS[1:]]}
    after = {o["code"]["text"]: o["id"] for o in of_kind(bundle(talk(snapshot=changed)), "Observation")}
    assert {name for name in before if before[name] != after[name]} == {"total B12"}


def test_the_same_result_told_twice_is_two_resources() -> None:
    twice = {**SNAPSHOT, "labs": [LABS[0], LABS[0]]}
    made = bundle(talk(snapshot=twice))
    check(made)
    assert len(of_kind(made, "Observation")) == 2


def test_yes_no_and_dont_know_are_told_apart_and_what_was_not_asked_has_no_answer() -> None:
    (response,) = of_kind(bundle(), "QuestionnaireResponse")
    groups = {group["linkId"]: group["item"] for group in response["item"]}
    answers = {
        item["text"]: item["answer"][0]["valueCoding"]["code"] if "answer" in item else None
        for item in groups["symptom"]
    }
    assert answers == {
        "tiredness": "Y",
        "losing weight": "N",
        "a sore tongue": "asked-unknown",
        "a change in sight": None,
    }
    tired = groups["symptom"][0]["answer"][0]["item"]
    assert tired[0]["answer"][0]["valueQuantity"] == {
        "value": 90,
        "unit": "days",
        "system": "http://unitsofmeasure.org",
        "code": "d",
    }
    assert tired[1]["answer"] == [{"valueString": "so tired"}]


def results(**more: Any) -> dict[str, dict[str, Any]]:
    return {made["code"]["text"]: made for made in of_kind(bundle(**more), "Observation")}


def test_a_result_goes_out_as_it_was_said() -> None:
    b12 = results()["total B12"]
    assert b12["valueQuantity"] == {
        "value": 150,
        "unit": "ng/L",
        "system": "http://unitsofmeasure.org",
        "code": "ng/L",
    }
    assert (b12["status"], b12["effectiveDateTime"], b12["interpretation"]) == (
        "preliminary",
        "2025-03",
        [{"text": "low"}],
    )
    assert "coding" not in b12["code"], "no official table with this code was found"
    assert "not compared with a laboratory report" in b12["note"][0]["text"]


def test_a_unit_that_was_not_said_is_not_invented() -> None:
    folate = results()["folate"]
    assert folate["valueQuantity"] == {"value": 4}
    assert any("must not be read without asking" in note["text"] for note in folate["note"])
    haemoglobin = results()["haemoglobin"]
    assert haemoglobin["valueQuantity"]["value"] == 101
    assert any("follows from the test" in note["text"] for note in haemoglobin["note"])


def test_a_code_goes_out_with_its_version_where_the_unit_fits_it() -> None:
    (coding,) = results()["haemoglobin"]["code"]["coding"]
    assert (coding["system"], coding["code"], coding["version"]) == ("http://loinc.org", "718-7", "2.74")
    in_mmol = {**LABS[1], "value": "6.3", "unit": "mmol/L", "unit_inferred": False}
    (made,) = of_kind(bundle(talk(snapshot={"labs": [in_mmol]})), "Observation")
    assert "coding" not in made["code"]


def test_a_doubtful_result_says_so_and_keeps_its_comparator() -> None:
    potassium = results()["potassium"]
    assert potassium["valueQuantity"]["comparator"] == ">"
    assert any("ask again before use" in note["text"] for note in potassium["note"])


def test_an_antibody_is_a_word() -> None:
    assert results()["intrinsic factor antibody"]["valueCodeableConcept"] == {"text": "positive"}


@pytest.mark.parametrize(("state", "status"), [("open", "active"), ("confirmed", "active"), ("released", "inactive")])
def test_a_danger_is_a_flag_that_ends_when_staff_release_it(state: str, status: str) -> None:
    escalation = replace(talk().escalations[0], state=state, closed_at=NOON, reason="rang, all well")
    (flag,) = of_kind(bundle(talk(escalations=(escalation,))), "Flag")
    assert flag["status"] == status
    assert ("end" in flag["period"]) == (state == "released")
    assert "anaphylaxis (emergency)" in flag["code"]["text"]
    assert "throat-closing" in flag["code"]["text"]


def test_messages_and_contact_go_out_only_when_asked() -> None:
    plain = json.dumps(bundle())
    for secret in ("My throat closes", "Ada Example", "01632"):
        assert secret not in plain
    made = bundle(shared=Shared(messages=True, contact=True))
    first, advice, staff, withheld = of_kind(made, "Communication")
    assert first["payload"] == [{"contentString": "My throat closes"}]
    assert advice["inResponseTo"][0]["reference"] == f"urn:uuid:{first['id']}"
    assert staff["sender"] == {"display": "Kim (staff of the clinic)"}
    assert "payload" not in withheld and "retention" in withheld["note"][0]["text"]
    (patient,) = of_kind(made, "Patient")
    assert patient["name"] == [{"text": "Ada Example"}]


def test_a_message_that_is_withheld_goes_out_without_its_words() -> None:
    hidden = replace(talk().messages[0], reply=Reply("secret before consent"), hidden="held")
    made = bundle(talk(messages=(hidden,)), shared=Shared(messages=True))
    assert "secret" not in json.dumps(made)
    assert "has not agreed" in of_kind(made, "Communication")[0]["note"][0]["text"]


def test_a_demonstration_is_marked_as_test_data() -> None:
    assert bundle(demo=True)["meta"]["security"][0]["code"] == "HTEST"
    assert "meta" not in bundle()


# --- codes ---


def test_every_unit_is_in_hl7s_list_of_common_units() -> None:
    assert set(CODES.ucum.values()) <= common_units()


def test_every_unit_that_a_result_can_have_goes_out_or_is_turned_into_one_that_does() -> None:
    assert {unit for unit in ANALYTES.values() if unit} <= set(CODES.ucum)


def test_a_test_without_an_official_code_has_none() -> None:
    assert set(CODES.loinc) == {"haemoglobin", "mcv", "platelets", "potassium"}
    assert CODES.loinc_of("b12", "pmol/L") is None
    assert CODES.loinc_of("haemoglobin", None) is None


def test_the_document_names_the_codes_that_go_out_with_their_version_and_no_others() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "fhir.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and "LOINC " in line]
    written = {found for line in rows for found in re.findall(r"LOINC (\d+-\d)", line)}
    assert written == {code.code for code in CODES.loinc.values()}
    assert {code.version for code in CODES.loinc.values()} == set(re.findall(r"LOINC (\d\.\d+)", page))


@pytest.mark.parametrize("analyte", sorted(ANALYTES))
def test_every_test_goes_out_by_name_and_with_a_code_only_where_one_was_found(analyte: str) -> None:
    lab = {"analyte": analyte, "name": f"a test called {analyte}", "value": "5", "unit": ANALYTES[analyte]}
    (made,) = of_kind(bundle(talk(snapshot={"labs": [lab]})), "Observation")
    assert made["code"]["text"] == f"a test called {analyte}"
    known = CODES.loinc.get(analyte)
    assert [coding["code"] for coding in made["code"].get("coding", [])] == ([known.code] if known else [])


def test_numbers_keep_their_value() -> None:
    from bot.conversation.fhir.parts import number

    assert [number(Decimal(text)) for text in ("110.700", "4", "1E+2", "0.05")] == [110.7, 4, 100, 0.05]


def test_a_test_named_by_a_letter_nobody_can_see_is_called_unnamed() -> None:
    snapshot = {"labs": [{"analyte": "", "value": "\uffbf", "name": "\uffbf"}]}
    check(bundle(talk(snapshot=snapshot), shared=Shared(True, True)))
