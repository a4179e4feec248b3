"""The console's own words for states and steps, one place for each."""

from __future__ import annotations

from bot.clinical.codes import Level

LEVELS = {
    Level.EMERGENCY: "Emergency",
    Level.URGENT: "Urgent",
    Level.CHECK: "Question open",
    Level.NONE: "No danger found",
}

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

CHANNELS = {"web": "Website", "whatsapp": "WhatsApp", "sms": "SMS", "telegram": "Telegram", "slack": "Slack"}

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

#: What a step says after it was done; the key travels in the address.
DONE = {
    "acknowledged": "Acknowledged. The clock has stopped and no second alert goes out.",
    "confirmed": "Confirmed. The level stays.",
    "released": "Released.",
    "assigned": "Assignment changed.",
    "noted": "Note added.",
    "outcome": "Outcome saved.",
    "reviewed": "Marked as reviewed.",
    "closed": "Conversation closed.",
    "reopened": "Conversation open again. The assistant answers.",
    "taken": "You have taken over. The assistant is silent; every message is still screened for danger.",
    "returned": "Handed back. The assistant answers again.",
    "replied": "Reply sent.",
    "erased": "The conversation was erased.",
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
    "escalation.acknowledged": "Acknowledged an escalation",
    "escalation.confirmed": "Confirmed an escalation",
    "escalation.released": "Released an escalation",
    "messages.searched": "Searched messages",
    "staff.added": "Made an account",
    "staff.changed": "Changed an account",
    "staff.signed_in": "Signed in",
    "staff.sign_in_failed": "Failed to sign in",
    "staff.signed_out": "Signed out",
    "audit.read": "Read the audit",
}
