"""The small words that grammar hangs on, by name: classes of `lexicon/context.yml`."""

from __future__ import annotations

from collections.abc import Mapping

from bot.knowledge.strict import Fault

#: Every class that code asks for; a missing one stops the start.
NAMES: tuple[str, ...] = (
    "first",  # the writer: i, my, me
    "me_after",  # words before "me" that make the writer the subject ("makes me")
    "she",  # one other person
    "he_only",
    "she_only",
    "men",  # persons that "she" cannot mean
    "women",  # persons that "he" cannot mean
    "they",  # several, or staff, or things
    "staff",
    "reports",  # what people say or notice of somebody else
    "determiner",  # my, our, the
    "object_of",  # "with my husband": mentioned, not the subject
    "of_person",  # a verb behind a person makes them the subject
    "thinks",  # "I think my mum has": the writer only thinks
    "clause_mark",  # begins a clause
    "opener",  # a word that begins a clause with its own subject
    "called",  # words for the reader of the message: "nah mate"
    "greeting",  # stand before those
    "trouble",  # "no vision problems": what is denied stands before it
    "contrast",
    "state",  # "tired", "vegan": ends a list of denied nouns
    "alone",  # a state that is the writer's behind a comma
    "resume",  # begins something new behind a comma
    "negator",
    "so",  # "palpitations occasionally": it is so, also behind a list of what is not
    "verb",
    "present",  # a verb of now
    "after_ended",  # may stand behind "..., gone now"
    "refers_back",  # "it", "they": what was named before
    "joins",  # a part of a sentence may begin behind it
    "self_verb",  # "I have", "I feel": the writer speaks of themselves
)


class WordSets:
    """Frozen sets by name."""

    def __init__(self, classes: Mapping[str, tuple[str, ...]], faults: list[Fault]) -> None:
        for name in NAMES:
            if name not in classes:
                faults.append(Fault("context.yml", "classes", f"the class '{name}' is missing."))
        self._sets = {name: frozenset(classes.get(name, ())) for name in NAMES}

    def __getitem__(self, name: str) -> frozenset[str]:
        return self._sets[name]
