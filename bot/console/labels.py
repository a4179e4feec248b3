"""The console's own words for states and steps, one place for each."""

from __future__ import annotations

from bot.clinical.codes import Level
from bot.conversation.learning import VERDICTS as VERDICTS

LEVELS = {
    Level.EMERGENCY: "Emergency",
    Level.URGENT: "Urgent",
    Level.CHECK: "Question open",
    Level.NONE: "No danger found",
}

#: The same by their codes, for what is stored.
LEVEL_NAMES = {level.code: words for level, words in LEVELS.items()}

MODES = {
    "assistant": "Assistant answers",
    "waiting": "Wants a person",
    "staff": "With staff",
    "closed": "Closed",
}

STATES = {
    "open": "Not acknowledged",
    "acknowledged": "Acknowledged",
    "confirmed": "Confirmed",
    "released": "Released",
}

#: What a patient can leave to be reached by.
CONTACT = {"name": "a name", "phone": "a telephone number", "email": "an e-mail address", "preferred_time": "a time"}

#: What happened in a conversation, for its timeline.
EVENTS = {
    "opened": "Conversation began",
    "consented": "Patient agreed to storing",
    "refused": "Patient did not agree to storing",
    "raised": "Danger found:",
    "screen_failed": "A message could not be screened",
    "alerted": "Staff called:",
    "escalation.acknowledged": "Acknowledged",
    "escalation.confirmed": "Confirmed",
    "escalation.released": "Released",
    "conversation.assigned": "Assignment changed",
    "conversation.noted": "Note added",
    "conversation.labelled": "Labels changed",
    "conversation.outcome_set": "Outcome set",
    "conversation.reviewed": "Reviewed",
    "conversation.taken_over": "Taken over from the assistant",
    "conversation.handed_back": "Handed back to the assistant",
    "conversation.closed": "Closed",
    "conversation.reopened": "Opened again",
    "conversation.exported": "Exported",
    "conversation.erase_wanted": "Patient asked for deletion",
    "conversation.held": "Put under a legal hold",
    "conversation.hold_lifted": "Legal hold lifted",
    "contact.shown": "Contact details looked at",
    "callback.done": "Patient reached",
    "callback.tried": "Patient not reached",
}

#: Why a call to staff goes out.
CALLS = {
    "first": "First call",
    "second": "Second contact: nobody acknowledged in time",
    "waiting": "A patient wants a person",
}

CHANNELS = {"web": "Website", "whatsapp": "WhatsApp", "sms": "SMS", "telegram": "Telegram", "slack": "Slack"}

#: What became of a message on its way to WhatsApp, SMS, Telegram or Slack.
POSTS = {
    "waiting": "being sent",
    "parked": "Waits until the patient writes again",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "Not delivered",
    "cancelled": "Not sent",
}

ROLES = {"viewer": "Viewer", "clinician": "Clinician", "admin": "Admin"}

HIDDEN = {
    "held": "Not shown: the patient has not agreed yet that staff may read this. No rule fired on it.",
    "blanked": "The text was deleted under the retention rule. Time, level and rules stay.",
}

#: Codes as staff say them; content's own names speak to patients.
CODES = {
    # red-flag categories
    "anaphylaxis": "Anaphylaxis",
    "pulmonary_embolism": "Pulmonary embolism",
    "dvt": "Leg clot (DVT)",
    "stroke": "Stroke",
    "cardiac": "Heart",
    "spinal_cord": "Spinal cord, cauda equina",
    "neuro_rapid": "Nerves, getting worse fast",
    "vision_loss": "Loss of sight",
    "severe_anaemia": "Severe anaemia",
    "bleeding": "Bleeding",
    "mental_health_crisis": "Mental health crisis",
    "infection_sepsis": "Infection, sepsis",
    "hypokalaemia": "Low potassium",
    "infant_risk": "Infant at risk",
    "pregnancy_danger": "Danger in pregnancy",
    "overdose": "Overdose",
    "other_emergency": "Other emergency",
    # routes
    "injection_favoured": "Injection favoured",
    "oral_reasonable": "Oral reasonable",
    "confirm_first": "Confirm first",
    "insufficient_information": "Insufficient information",
    "not_supported": "Not supported",
    "already_treated": "Already treated",
    "out_of_scope": "Out of scope",
    # flags
    "expedite": "Expedite",
    "allergy_review": "Allergy review",
    "leber_review": "Leber review",
    "im_bleeding_review": "Bleeding risk with IM injection",
    "renal_review": "Renal review",
    "potassium_review": "Potassium review",
    "clot_risk_note": "Clot risk noted",
    "review": "Review",
}

#: Questions of the interview, as staff call them.
QUESTIONS = {
    "age": "Age",
    "pregnant": "Pregnant or breastfeeding",
    "current_b12": "B12 treatment now",
    "b12": "B12 result",
    "b12_unit": "Unit of the B12 result",
    "main_symptoms": "Nerve symptoms",
    "cause": "Known cause",
    "value_check": "Is this result right?",
    "conflict": "Which of two statements holds?",
}

#: What a step says after it was done; the key travels in the address.
DONE = {
    "acknowledged": "Acknowledged. The clock has stopped and no second alert goes out.",
    "confirmed": "Confirmed. The level stays.",
    "released": "Released.",
    "assigned": "Assignment changed.",
    "noted": "Note added.",
    "labelled": "Labels changed.",
    "reached": "Written down: the patient was reached.",
    "not_reached": "Written down: the patient was not reached. They stay on the list.",
    "outcome": "Outcome saved.",
    "reviewed": "Marked as reviewed.",
    "closed": "Conversation closed.",
    "reopened": "Conversation open again. The assistant answers.",
    "taken": "You have taken over. The assistant is silent; every message is still screened for danger.",
    "returned": "Handed back. The assistant answers again.",
    "replied": "Reply sent.",
    "erased": "The conversation was erased.",
    "filter_saved": "Filter saved. It stands under the inbox's heading, for you alone.",
    "filter_dropped": "Filter taken away.",
    "marked": "Your verdict is saved.",
    "proposed": "Proposed. A second person reads it before anything learns from it.",
    "approved": "Approved. The next model learns from it and is tested on it.",
    "refused": "Refused. It is not used.",
    "held": "Under a legal hold. Nothing of it is removed until the hold is lifted.",
    "lifted": "The hold is lifted.",
    "lifted_and_erased": "The hold is lifted. The patient had asked for deletion, and the conversation was erased.",
    "person_erased": "Erased. What stays is named below when you look for the person again.",
    "added": "Account made.",
    "changed": "Account changed.",
    "password": "Password changed. Other sittings of this account have ended.",
    "code_on": "A code from your app is now asked at every sign-in.",
    "code_off": "No code is asked any more.",
    "signed_out": "You have signed out.",
}

#: Audit actions in words; what is not listed is shown as it is stored.
ACTIONS = {
    "conversation.opened": "Read the conversation",
    "conversation.assigned": "Changed the assignment",
    "conversation.noted": "Added a note",
    "conversation.outcome_set": "Set the outcome",
    "conversation.reviewed": "Marked as reviewed",
    "conversation.closed": "Closed",
    "conversation.reopened": "Opened again",
    "conversation.taken_over": "Took over from the assistant",
    "conversation.handed_back": "Handed back to the assistant",
    "conversation.answered": "Answered the patient",
    "conversation.erased": "Erased",
    "conversation.exported": "Exported",
    "conversation.held": "Put under a legal hold",
    "conversation.hold_lifted": "Lifted the legal hold",
    "turn.marked": "Reviewed a message",
    "example.proposed": "Proposed an example",
    "example.approved": "Approved an example",
    "example.refused": "Refused an example",
    "examples.exported": "Exported the approved examples",
    "conversation.purged": "Removed by age",
    "person.looked_for": "Looked for a person to erase",
    "contact.shown": "Looked at the contact details",
    "conversation.labelled": "Changed the labels",
    "callback.done": "Reached the patient",
    "callback.tried": "Tried to reach the patient",
    "list.exported": "Exported a list",
    "escalation.acknowledged": "Acknowledged an escalation",
    "escalation.confirmed": "Confirmed an escalation",
    "escalation.released": "Released an escalation",
    "messages.searched": "Searched messages",
    "staff.added": "Made an account",
    "staff.changed": "Changed an account",
    "staff.signed_in": "Signed in",
    "staff.sign_in_failed": "Failed to sign in",
    "staff.signed_out": "Signed out",
    "staff.provider_sign_in_refused": "Was not let in by the clinic's sign-in provider",
    "audit.read": "Read the audit",
    "demo.seeded": "Filled the database with invented patients",
}
