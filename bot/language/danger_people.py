"""
Whose a danger is: the writer's, somebody else's, an animal's, or nobody's that was met.
"""

from __future__ import annotations

from bisect import bisect_left

from bot.clinical.codes import Who
from bot.language.danger_matcher import Occurrence, Span
from bot.language.danger_passage import Passage

_NOT_ITSELF = frozenset("like as of by from with scratch bite bitten scratched walking feeding".split())
_BELONGS_TO_IT = frozenset(
    "scratch scratches scratched bite bites bit hair fur food lead walk heart tablets tablet meds medicine worming bed basket flap".split()
)
_STAFF_DOES = frozenset(
    "started gave give put said say told tell found did took checked rang reckon want wanted prescribed injected jabbed".split()
)
_PRONOUNS = frozenset("he hes him his she shes her hers they theyre them their himself herself".split())
_THINGS_GIVEN = frozenset(
    "shots jabs injections pills tablets needles things bloods tests results forms questions symptoms leaflets".split()
)
_DONE_TOGETHER = frozenset(
    "football footy rugby tennis golf badminton cricket cycling running swimming dancing training shopping fishing hiking "
    "head heads".split()
)
_THEIRS = frozenset("my our me this".split())
_WHOSE_COMPANY = _THEIRS | frozenset(("another", "other", "some"))


class People:
    """
    The persons named in a message.

    Args:
        passage: The message.
        subject: Whom the conversation was about so far; words without a person are about them.
        of_the_dead: That person has died.
    """

    def __init__(self, passage: Passage, *, subject: Who, of_the_dead: bool = False) -> None:
        self._passage = passage
        self._of_the_dead = of_the_dead
        self._people = self._people_said()
        self._inherited = self._subjects(subject)

    @property
    def last_subject(self) -> Who | None:
        """Whom the last sentence that names a person is about; None when none does."""
        return self._people[-1][1] if self._people else None

    def is_dead(self, occurrence: Occurrence) -> bool:
        """ "My late wife had it." "She went breathless at the end.": still she, while nobody else is named."""
        before = [place for place, _ in self._people if place < occurrence.end]
        return self._of_the_dead and bool(before) and all(self._passage.words[place] in _PRONOUNS for place in before)

    @property
    def ends_with_the_dead(self) -> bool:
        if self.last_subject is not Who.OTHER:
            return self._of_the_dead and self.last_subject is None
        if self._passage.spans("late_person"):
            return True
        return self._of_the_dead and all(self._passage.words[place] in _PRONOUNS for place, _ in self._people)

    def _people_said(self) -> list[tuple[int, Who]]:
        """Every word that names a person, by place; "my husband" names the husband only."""
        others = {span.start: Who.OTHER for span in self._passage.spans("other_person")}
        others.update({span.start: Who.FAMILY for span in self._passage.spans("animal") if self._is_about(span)})
        others = {
            place: who
            for place, who in others.items()
            if not (self._is_staff(place) or self._is_those(place) or self._is_company(place))
        }
        covered = {place for span in self._passage.spans("other_person") for place in range(span.start, span.end)}
        people = dict(others)
        for span in self._passage.spans("self_person"):
            place = span.start
            following = place + 1
            if place in covered or following in covered:
                continue
            people[place] = Who.PATIENT
        return self._without_their_pronouns(sorted(people.items()))

    def _without_their_pronouns(self, people: list[tuple[int, Who]]) -> list[tuple[int, Who]]:
        """ "It was the dog. He fainted at the vet.": he is the dog, when nobody else has been named."""
        result: list[tuple[int, Who]] = []
        named = Who.PATIENT
        for place, who in people:
            pronoun = self._passage.words[place] in _PRONOUNS
            if who is Who.OTHER and pronoun and named is Who.FAMILY:
                who = Who.FAMILY
            elif who is not Who.PATIENT and not pronoun:
                named = Who.OTHER if who is Who.OTHER or named is Who.OTHER else who
            result.append((place, who))
        return result

    def _is_staff(self, place: int) -> bool:
        """ "They started me on injections": the people of a clinic, whom nothing is wrong with."""
        words = self._passage.words
        return (
            words[place] in ("they", "theyve")
            and words[place + 1 : place + 2] != []
            and words[place + 1] in _STAFF_DOES
        )

    def _is_those(self, place: int) -> bool:
        """ "I started them shots Tuesday": those."""
        words = self._passage.words
        return words[place] == "them" and words[place + 1 : place + 2] != [] and words[place + 1] in _THINGS_GIVEN

    def _is_company(self, place: int) -> bool:
        """ "Football with son, hit head": whom the writer was with, and nothing is said of."""
        words = self._passage.words
        start = place - 1
        while start > 0 and words[start] in _WHOSE_COMPANY:
            start -= 1
        return start > 0 and words[start] in ("with", "against") and words[start - 1] in _DONE_TOGETHER

    def _is_about(self, animal: Span) -> bool:
        """The animal itself, not a likeness ("shaking like a wet dog") or its bite, its hair, its tablets."""
        words = self._passage.words
        before = words[max(animal.start - 3, 0) : animal.start]
        after = words[animal.end] if animal.end < len(words) else ""
        return not _NOT_ITSELF & set(before) and after not in _BELONGS_TO_IT

    def _subjects(self, subject: Who) -> dict[int, Who]:
        """For each sentence, whom the sentence before it was about."""
        inherited, current, seen = {}, subject, -1
        people = iter([*self._people, (len(self._passage.words), subject)])
        place, who = next(people)
        for index in range(len(self._passage.words)):
            number = self._passage.message.sentence[index]
            if number != seen:
                inherited[number] = current
                seen = number
            if index == place:
                current = who
                place, who = next(people)
        return inherited

    def whose(self, occurrence: Occurrence) -> tuple[Who, bool]:
        """Whose it is, and whether a word says so."""
        sentence = self._passage.message.sentence
        mine = sentence[occurrence.start]
        index = bisect_left(self._people, (occurrence.end,), key=lambda person: (person[0],))
        while index > 0 and self._is_looked_at(self._people[index - 1][0], occurrence):
            index -= 1
        if index > 0 and sentence[self._people[index - 1][0]] == mine:
            return self._people[index - 1][1], True
        if index < len(self._people):
            place, who = self._people[index]
            if sentence[place] == mine and self._passage.clauses[place] == self._passage.clauses[occurrence.end - 1]:
                return who, True
        return self._inherited.get(mine, Who.PATIENT), False

    def _is_looked_at(self, place: int, occurrence: Occurrence) -> bool:
        """ "He doesn't look at me": "me" is held in the words and is not whose they are."""
        words = self._passage.words
        return place > occurrence.start and words[place] in ("me", "us") and words[place - 1] in ("at", "to")

    def is_stranger(self, occurrence: Occurrence) -> bool:
        strangers = self._passage.in_clause("stranger", occurrence)
        own = [span for span in strangers if _THEIRS & set(self._passage.words[max(span.start - 2, 0) : span.start])]
        return bool(strangers) and not own and not self._passage.in_clause("relative", occurrence)

    def is_tale(self, occurrence: Occurrence) -> bool:
        """ "One of them went blind": a tale, unless something carries it into the present."""
        return bool(self._passage.near("tale", occurrence))

    def is_family_tale(self, occurrence: Occurrence) -> bool:
        if self._passage.in_clause("family_tale", occurrence):
            return True
        return any(
            span.end <= occurrence.start and self._passage.cost(span.end, occurrence.start) == 0
            for span in self._passage.in_clause("had_it", occurrence)
        )
