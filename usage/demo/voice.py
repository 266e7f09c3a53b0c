"""Voice: spoken conversations, priced by audio tokens, and dictated notes, priced by the second."""

import random
from collections.abc import Iterator

from usage.demo.catalogue import choose_model
from usage.demo.habits import set_model
from usage.demo.occasion import Calls, Occasion
from usage.demo.story import DemoStory, about, how_many
from usage.events import Composition, Event

_HEARD_PER_SECOND = 10
_SPOKEN_PER_SECOND = 20
_SYSTEM = 420


def voice_events(story: DemoStory, occasion: Occasion, dice: random.Random) -> Iterator[Event]:
    """One voice chat of either kind; mostly the one that the person is used to."""
    habit = story.dice("voice", occasion.member_id)
    talks = (habit if dice.random() < 0.8 else dice).random() < 0.6
    return _conversation(occasion, dice) if talks else _note(story, occasion, dice)


def _conversation(occasion: Occasion, dice: random.Random) -> Iterator[Event]:
    calls, model, context = Calls(occasion, dice), choose_model("voice", occasion.position, dice), 0
    for _turn in range(1 + how_many(2.5, dice)):
        calls.message += 1
        heard = about(9, dice) * _HEARD_PER_SECOND
        spoken, text = about(11, dice) * _SPOKEN_PER_SECOND, about(45, dice)
        total = _SYSTEM + context + heard
        yield from calls.maybe_fail(model, input_tokens=total)
        yield calls.succeed(
            model,
            operation_name="realtime",
            input_tokens=total,
            audio_input_tokens=heard,
            output_tokens=spoken + text,
            audio_output_tokens=spoken,
            composition=Composition(user_text=heard, context=context, system=_SYSTEM),
        )
        context += text + heard // 4
        calls.wait(dice.uniform(4, 30))


def _note(story: DemoStory, occasion: Occasion, dice: random.Random) -> Iterator[Event]:
    """One message, two calls: what was said becomes text, and a model tidies it up."""
    calls, seconds = Calls(occasion, dice), about(45, dice)
    calls.message = 1
    yield calls.succeed(
        choose_model("transcription", occasion.position, dice),
        operation_name="transcription",
        audio_seconds=seconds,
    )
    words = round(seconds * 3.3)
    yield calls.succeed(
        set_model(story, occasion.member_id, "small", occasion.position),
        input_tokens=_SYSTEM + words,
        output_tokens=round(words * 0.7),
        composition=Composition(user_text=words, system=_SYSTEM),
    )
