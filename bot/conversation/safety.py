"""
Look at a message before anything else does, and never fail at it.

A screen that breaks, or an adviser that has no words, must not cost a patient the
advice: then the general emergency advice goes out and staff are told that a message
was not screened.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.clinical.codes import Level
from bot.conversation.blocking import Threads
from bot.conversation.entries import MatchEntry
from bot.conversation.ports import Advisor, Button, Reply, Screener
from bot.conversation.sentences import Sentences
from bot.conversation.tracing import where

if TYPE_CHECKING:
    from bot.language.screen import ScreenResult, ScreenState

log = logging.getLogger(__name__)


_CLOSER = 3.0  # seconds to wait for the classifier before it is asked on the spot


@dataclass(frozen=True)
class Verdict:
    """
    What the screen makes of one message.

    `state` is the conversation's screen state after it.  `advice` is to be said at once
    and before all else; `question` is the open safety question, also said at once.
    """

    state: ScreenState
    level: Level
    result: ScreenResult | None = None  # None: the screen failed
    dangerous: bool = False
    advice: tuple[Reply, ...] = ()
    question: Reply | None = None
    question_text: str | None = None
    repeated: ScreenResult | None = None  # the message by itself, where it only says again what is known

    @property
    def failed(self) -> bool:
        return self.result is None

    @property
    def answered(self) -> str | None:
        return self.result.answered if self.result else None

    @property
    def at_once(self) -> tuple[Reply, ...]:
        return (*self.advice, self.question) if self.question else self.advice

    def matches(self) -> tuple[MatchEntry, ...]:
        """The rules that this message fired."""
        if self.result is None:
            return ()
        fired = self.result.new_matches
        if self.repeated is not None:
            turn = self.result.state.course.turns - 1
            fired = tuple(replace(match, turn=turn) for match in self.repeated.new_matches)
        return tuple(
            MatchEntry(
                rule=match.rule,
                level=match.level,
                category=match.category,
                turn=match.turn,
                start=match.start,
                end=match.end,
                words=match.text,
            )
            for match in fired
        )


class Safety:
    """
    Args:
        fresh: A state that knows nothing.
        restore: A state from its JSON; when it cannot be read the screen starts afresh,
            for the level itself is kept apart from it.
    """

    def __init__(
        self,
        *,
        screener: Screener,
        advisor: Advisor,
        sentences: Sentences,
        fresh: Callable[[], ScreenState],
        restore: Callable[[Mapping[str, Any]], ScreenState],
    ) -> None:
        self._screener = screener
        self._advisor = advisor
        self._sentences = sentences
        self.fresh = fresh
        self._restore = restore
        self.failures = 0
        self._threads = Threads(number=1, queue=256, name="reading")

    def restore(self, plain: Mapping[str, Any] | None) -> ScreenState:
        if not plain:
            return self.fresh()
        try:
            return self._restore(plain)
        except Exception as error:  # noqa: BLE001  (an old or damaged state must not stop the screening)
            log.error("safety.state_unreadable error=%s", type(error).__name__)
            return self.fresh()

    def look(self, text: str, state: ScreenState, *, at: datetime, level: Level, by_rules: bool = False) -> Verdict:
        """
        Args:
            level: The conversation's level so far; urgent and emergency stay, whatever
                the screen says.
            by_rules: Only what takes no time worth speaking of; `suspects` says whether to
                look again without it.

        Returns:
            A verdict, always.
        """
        try:
            result = self._screener.screen(text, state, at=at, by_rules=by_rules)
            after = result.level if level < Level.URGENT else max(result.level, level)
            dangerous = result.level >= Level.URGENT and (result.raised or _fired(result))
            question = result.question.text if result.question else None
            repeated = None if dangerous or after < Level.URGENT else self._by_itself(text, at=at, by_rules=by_rules)
        except Exception as error:  # noqa: BLE001
            self.failures += 1
            log.critical("safety.screen_failed error=%s at=%s", type(error).__name__, where(error))
            return Verdict(state=state, level=level, advice=(self._sentences.unscreened_reply(),))
        return Verdict(
            state=result.state,
            level=max(after, repeated.level) if repeated else after,
            result=result,
            dangerous=dangerous or repeated is not None,
            advice=self._advise(repeated or result) if dangerous or repeated else (),
            repeated=repeated,
            question=self._ask(result, question) if question else None,
            question_text=question,
        )

    async def suspects(self, text: str, state: ScreenState, *, at: datetime) -> bool:
        """Whether a closer look would say more; the event loop goes on meanwhile."""
        try:
            return await self._threads.run(partial(self._closer, text, state, at=at), limit=_CLOSER)
        except Exception as error:  # noqa: BLE001  (too busy or broken: then the closer look is taken at once)
            log.error("safety.no_time_to_read error=%s", type(error).__name__)
            return True

    def _closer(self, text: str, state: ScreenState, *, at: datetime) -> bool:
        return self._screener.suspects(text, state, at=at) or self._screener.suspects(text, self.fresh(), at=at)

    def close(self) -> None:
        self._threads.close()

    def _by_itself(self, text: str, *, at: datetime, by_rules: bool) -> ScreenResult | None:
        """
        What a message says when nothing was said before it, None when that is no danger.

        A rule counts once in a conversation; whoever writes "my chest hurts" a second
        time must be told to call a second time.
        """
        alone = self._screener.screen(text, self.fresh(), at=at, by_rules=by_rules)
        return alone if alone.level >= Level.URGENT and alone.raised else None

    def _advise(self, result: ScreenResult) -> tuple[Reply, ...]:
        try:
            advice = tuple(reply for reply in self._advisor.advise(result) if reply.text.strip())
        except Exception as error:  # noqa: BLE001
            log.critical("safety.advice_failed error=%s at=%s", type(error).__name__, where(error))
            advice = ()
        return advice or (self._sentences.unscreened_reply(),)

    def _ask(self, result: ScreenResult, question: str) -> Reply:
        try:
            return self._advisor.ask(result)
        except Exception as error:  # noqa: BLE001
            log.critical("safety.question_failed error=%s", type(error).__name__)
            words = (self._sentences.yes, self._sentences.no)
            return Reply(text=question, buttons=tuple(Button(title=word, say=word) for word in words))


def _fired(result: ScreenResult) -> bool:
    """This very message says something dangerous, although the level was reached before."""
    return any(match.level >= Level.URGENT for match in result.new_matches)
