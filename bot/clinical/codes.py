"""
The stable identifiers that are stored, exported and tested.

Codes are not words: what a patient or a nurse reads for each of them is content
(`bot/knowledge`).  The order of a tuple is meaningful where its comment says so.
"""

from __future__ import annotations

from enum import Enum, IntEnum


class Level(IntEnum):
    """How soon a person needs care.  A higher number is more urgent, so `max` picks the right one."""

    NONE = 0
    CHECK = 1  # doubtful: one short safety question decides
    URGENT = 2  # same-day medical assessment
    EMERGENCY = 3  # the emergency number, now

    @property
    def code(self) -> str:
        """The word that is stored and exported, for example "urgent"."""
        return self.name.lower()

    @classmethod
    def from_code(cls, code: str) -> Level:
        """Raises ValueError, naming the allowed words, for anything else."""
        try:
            return cls[code.upper()]
        except KeyError:
            allowed = ", ".join(level.code for level in cls)
            raise ValueError(f"unknown urgency level {code!r}; expected one of: {allowed}") from None


#: Red-flag categories, in the order that breaks ties between equal levels.
CATEGORIES: tuple[str, ...] = (
    "anaphylaxis",
    "pulmonary_embolism",
    "dvt",
    "stroke",
    "cardiac",
    "spinal_cord",
    "neuro_rapid",
    "vision_loss",
    "severe_anaemia",
    "bleeding",
    "mental_health_crisis",
    "infection_sepsis",
    "hypokalaemia",
    "infant_risk",
    "pregnancy_danger",
    "overdose",
    "other_emergency",
)

SYMPTOMS: tuple[str, ...] = (
    "fatigue",
    "weakness",
    "numbness_tingling",
    "balance_problems",
    "gait_change",
    "memory_problems",
    "brain_fog",
    "low_mood",
    "irritability",
    "vision_change",
    "sore_tongue",
    "mouth_ulcers",
    "pallor",
    "jaundice",
    "breathlessness",
    "palpitations",
    "dizziness",
    "headache",
    "appetite_loss",
    "weight_loss",
    "diarrhoea",
    "nausea",
    "tinnitus",
    "injection_site_pain",
    "rash",
)

#: What the red-flag rules and the combinations across turns are written over.
DANGER_FACTS: tuple[str, ...] = (
    "chest_pain",
    "chest_pain_on_breathing",
    "breathless_sudden",
    "breathless_at_rest",
    "coughing_blood",
    "fainted",
    "unconscious",
    "limb_swollen_one_side",
    "legs_swollen_both",
    "limb_cold_pale",
    "face_or_lips_swollen",
    "throat_or_tongue_swollen",
    "wheeze",
    "hives_widespread",
    "fever",
    "shivering",
    "site_redness_spreading",
    "muscle_cramps",
    "bladder_or_bowel_change",
    "saddle_numbness",
    "both_legs_weak",
    "one_side_weak",
    "face_droop",
    "speech_change",
    "confusion",
    "severe_headache",
    "neck_stiffness",
    "sight_lost_sudden",
    "sight_reduced",
    "black_stool",
    "vomiting_blood",
    "bleeding_not_stopping",
    "head_injury",
    "life_not_worth_living",
    "suicidal_intent",
    "harm_to_others",
    "overdose_taken",
    "seizure",
    "severe_belly_pain",
    "baby_floppy_or_not_feeding",
    "baby_losing_skills",
    "baby_moving_less",
    "vaginal_bleeding",
)

HISTORY: tuple[str, ...] = (
    "pernicious_anaemia",
    "bariatric_surgery",
    "gastrectomy",
    "ileal_resection",
    "crohns_disease",
    "ulcerative_colitis",
    "coeliac_disease",
    "atrophic_gastritis",
    "h_pylori",
    "chronic_pancreatitis",
    "sibo",
    "metformin",
    "ppi",
    "h2_blocker",
    "colchicine",
    "nitrous_oxide",
    "vegan_diet",
    "vegetarian_diet",
    "alcohol",
    "pregnancy",
    "breastfeeding",
    "autoimmune_thyroid",
    "vitiligo",
    "type_1_diabetes",
    "type_2_diabetes",
    "family_history_pernicious_anaemia",
    "previous_b12_deficiency",
    "oral_b12_failed",
    "oral_b12_intolerance",
    "swallowing_difficulty",
    "adherence_difficulty",
    "current_b12_injections",
    "current_oral_b12",
    "vte_history",
    "family_history_vte",
    "thrombophilia",
    "active_cancer",
    "hormonal_contraception",
    "hrt",
    "recent_surgery",
    "recent_immobility",
    "long_haul_travel",
    "smoking",
    "anticoagulant",
    "cobalamin_allergy",
    "leber_optic_neuropathy",
    "kidney_disease",
)

#: Analyte to canonical unit; None for results that are words.
ANALYTES: dict[str, str | None] = {
    "b12": "pmol/L",
    "active_b12": "pmol/L",
    "mma": "nmol/L",
    "homocysteine": "umol/L",
    "haemoglobin": "g/L",
    "mcv": "fL",
    "folate": "nmol/L",
    "ferritin": "ug/L",
    "platelets": "10^9/L",
    "neutrophils": "10^9/L",
    "potassium": "mmol/L",
    "intrinsic_factor_antibody": None,
    "parietal_cell_antibody": None,
}

#: In the order in which they are shown.
INDICATIONS: tuple[str, ...] = (
    "neurologic",
    "severe_deficiency_or_anaemia",
    "malabsorption",
    "high_risk_context",
    "functional_deficiency",
    "oral_failure",
    "oral_not_feasible",
)

ROUTES: tuple[str, ...] = (
    "injection_favoured",
    "oral_reasonable",
    "confirm_first",
    "insufficient_information",
    "not_supported",
    "already_treated",
    "out_of_scope",
)

FLAGS: tuple[str, ...] = (
    "expedite",
    "allergy_review",
    "leber_review",
    "im_bleeding_review",
    "renal_review",
    "potassium_review",
    "clot_risk_note",
    "review",
)

#: What the writer of a message wants done next.
INTENTS: tuple[str, ...] = (
    "greet",
    "goodbye",
    "thanks",
    "affirm",
    "deny",
    "unsure",
    "start_assessment",
    "report_symptoms",
    "report_history",
    "report_labs",
    "report_urgent",
    "ask_faq",
    "ask_clot_worry",
    "request_human",
    "complaint",
    "correct_previous_answer",
    "stop",
    "restart",
    "repeat_clarify",
    "bot_challenge",
    "book_appointment",
    "delete_my_data",
    "request_summary",
    "refuse_to_answer",
    "provide_contact",
    "out_of_scope",
)


class Who(str, Enum):
    """Whom a finding is about.  The patient is whoever the conversation is about."""

    PATIENT = "patient"
    OTHER = "other"  # somebody beside the writer: counts for urgency when in danger now
    FAMILY = "family"  # relatives' history: counts only for family_history_* codes


class When(str, Enum):
    NOW = "now"
    PAST = "past"
    HYPOTHETICAL = "hypothetical"


class Trend(str, Enum):
    """How a finding is going."""

    NEW = "new"
    STABLE = "stable"
    WORSE = "worse"
    BETTER = "better"
    GONE = "gone"


class Side(str, Enum):
    LEFT = "left"
    RIGHT = "right"
    ONE = "one"  # one side, not said which
    BOTH = "both"
