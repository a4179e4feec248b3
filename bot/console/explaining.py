"""Names, rules and sources for staff, out of the reviewed content."""

from __future__ import annotations

from bot.clinical.wording import MissingFactError, UnknownWordsError
from bot.console.parts import RuleText
from bot.knowledge.content import Content


class ContentWords:
    """`StaffWords` over the content in use."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._rules = {rule.id: rule for rule in content.red_flags.rules.rules}
        self.version = content.version

    def name(self, code: str) -> str:
        try:
            name = self._content.words.name(code)
        except (UnknownWordsError, MissingFactError):
            name = code.replace("_", " ")
        return name[:1].upper() + name[1:]

    def rule(self, rule_id: str) -> RuleText | None:
        rule = self._rules.get(rule_id)
        if rule is None:
            return None
        return RuleText(
            id=rule.id,
            level=rule.level.code,
            category=rule.category,
            looks_for=tuple(self.name(code) for code in dict.fromkeys(rule.when.codes())),
            sources=tuple(self.source(source) for source in rule.source),
            combination=rule.combination,
        )

    def topic(self, topic_id: str) -> str:
        answers = self._content.answers
        return answers.question(topic_id, region=self._content.region) if topic_id in answers.by_id else topic_id

    def source(self, source_id: str) -> str:
        source = self._content.sources.get(source_id)
        if source is None:
            return source_id
        return source.for_patients or f"{source.publisher}: {source.title}"
