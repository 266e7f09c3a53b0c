"""Chats: turns that re-send their history, files that are read again, tools between question and answer."""

import random
from collections.abc import Iterator, Sequence

from usage.demo.cast import DemoFile
from usage.demo.catalogue import DemoFeature, DemoModel
from usage.demo.occasion import Calls, Occasion, cacheable
from usage.demo.story import about, how_many
from usage.events import Composition, Event, FileReference, ToolUse

_CACHE_SECONDS = 300
_LONG_PAUSE = 0.12


class Chat:
    """A chat while it goes on: what its context has grown to, and how much of it the provider has cached."""

    def __init__(
        self,
        *,
        occasion: Occasion,
        feature: DemoFeature,
        model: DemoModel,
        files: Sequence[DemoFile],
        dice: random.Random,
    ) -> None:
        self._calls = Calls(occasion, dice)
        self._feature, self._model, self._files, self._dice = feature, model, files, dice
        self._system = round(feature.system_tokens * dice.uniform(0.9, 1.1))
        self._file_tokens = sum(file.tokens for file in files)
        self._context = 0
        # Another chat may have sent the same instructions, and the same files, a moment ago.
        self._prefix = self._system + self._file_tokens if dice.random() < 0.35 else 0

    def events(self) -> Iterator[Event]:
        for turn in range(1 + how_many(self._feature.turns - 1, self._dice)):
            if turn:
                self._pause()
            self._calls.message += 1
            yield from self._turn(image=not turn and self._dice.random() < self._feature.images)

    def _pause(self) -> None:
        if self._dice.random() < _LONG_PAUSE:
            self._calls.wait(self._dice.uniform(1_200, 20_000))
            self._prefix = 0
            return
        seconds = self._dice.expovariate(1 / 100)
        self._calls.wait(seconds)
        if seconds > _CACHE_SECONDS:
            self._prefix = 0

    def _turn(self, *, image: bool) -> Iterator[Event]:
        feature, dice = self._feature, self._dice
        user = about(feature.user_tokens, dice, spread=0.8)
        picture = dice.randrange(400, 1_600) if image else 0
        results = 0
        for _step in range(how_many(feature.steps - 1, dice) if feature.tools else 0):
            tool = dice.choice(feature.tools)
            yield from self._call(user=user, results=results, picture=picture, tool=tool)
            results += about(2_400, dice)
        answer = about(feature.answer_tokens, dice)
        yield from self._call(user=user, results=results, picture=picture, answer=answer)
        self._context += user + answer + results // 3

    def _call(
        self, *, user: int, results: int, picture: int, answer: int = 0, tool: str = ""
    ) -> Iterator[Event]:
        model, dice = self._model, self._dice
        static = self._system + self._file_tokens + self._context
        wrapping = dice.randrange(3, 12)
        total = static + user + results + picture + wrapping
        yield from self._calls.maybe_fail(model, input_tokens=total)
        read = cacheable(min(self._prefix, static))
        written = max(0, cacheable(static) - read) if model.writes_cache else 0
        self._prefix = static
        tool_call = about(90, dice) if tool else 0
        reasoning = about(260 * model.thinks, dice) if model.thinks and dice.random() < 0.7 else 0
        yield self._calls.succeed(
            model,
            input_tokens=total,
            cache_read_input_tokens=read,
            cache_creation_input_tokens=written,
            cache_creation_1h_input_tokens=written if self._files and written > 20_000 else 0,
            image_input_tokens=picture,
            output_tokens=answer + tool_call + reasoning,
            reasoning_output_tokens=reasoning,
            tool_call_tokens=tool_call,
            composition=Composition(
                user_text=user,
                context=self._context,
                files=self._file_tokens,
                system=self._system,
                tool_results=results,
            ),
            files=self._references(read),
            **_tool_facts(tool, tool_call),
        )

    def _references(self, read: int) -> list[FileReference]:
        """The files of a call; they stand behind the instructions, so the cached prefix covers the first ones."""
        covered, found = max(0, read - self._system), []
        for file in self._files:
            cached = min(covered, file.tokens)
            covered -= cached
            found.append(_reference(file, cached=cached))
        return found


def upload_events(
    occasion: Occasion, *, file: DemoFile, model: DemoModel, dice: random.Random
) -> Iterator[Event]:
    """The call that extracts a file's text; from then on chats read it."""
    yield Calls(occasion, dice).succeed(
        model,
        operation_name="generate_content",
        input_tokens=file.tokens + 220,
        output_tokens=about(400, dice),
        composition=Composition(files=file.tokens, system=200),
        files=[_reference(file, cached=0, processed=True)],
        tools=[ToolUse(name="document_analysis", calls=1, tokens=file.tokens)],
    )


def _tool_facts(tool: str, tokens: int) -> dict[str, object]:
    if not tool:
        return {}
    return {
        "tools": [ToolUse(name=tool, calls=1, tokens=tokens)],
        "web_search_calls": int(tool == "web_search"),
        "code_run_calls": int(tool == "code_run"),
    }


def _reference(file: DemoFile, *, cached: int, processed: bool = False) -> FileReference:
    return FileReference(
        file_id=file.external_id,
        name=file.name,
        size_bytes=file.size_bytes,
        extracted_tokens=file.tokens,
        tokens=file.tokens,
        cache_read_tokens=cached,
        processed=processed,
    )
