"""Parses the answers that a listener types."""

import re
from dataclasses import dataclass, replace
from enum import Enum

from attune_client.cli.formatting import NUMBERED, point
from attune_client.labels import Circumstances, Label
from attune_client.quadrants import WORDS
from attune_client.replies import Quadrant


class LabelCommand(Enum):
    """A command that a listener may type instead of an answer."""

    SKIP = "s"
    UNDO = "u"
    QUIT = "q"
    HELP = "h"


COMMANDS = {name: each for each in LabelCommand for name in (each.value, each.name.lower())}
"""By letter and by word."""
HELP = """\
  1 happy   2 tense   3 sad   4 calm     a number or a word
  0.5 -0.2                               a point: valence (unpleasant -1, pleasant 1),
                                         then arousal (quiet -1, excited 1)
  ?  cannot tell     s  skip for now     u  undo     q  quit     h  this help
  After an answer: l1 to l5, how much you like it; f1 to f5, how well you know it."""
_EXTRA = re.compile(r"([lf])([1-5])")
_FIELDS = {"l": "liking", "f": "familiarity"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is sent.

    Attributes:
        position: A quadrant, a point, or None for "I cannot tell".
    """

    position: Quadrant | tuple[float, float] | None
    liking: int | None = None
    familiarity: int | None = None

    def label(self, track_id: str, circumstances: Circumstances) -> Label:
        """Return the answer as a label."""
        circumstances = replace(circumstances, liking=self.liking, familiarity=self.familiarity)
        if self.position is None:
            return Label.cant_tell(track_id, circumstances=circumstances)
        if isinstance(self.position, Quadrant):
            return Label.quadrant(track_id, self.position, circumstances=circumstances)
        valence, arousal = self.position
        return Label.point(track_id, valence=valence, arousal=arousal, circumstances=circumstances)


def read_answer(line: str) -> Answer | LabelCommand:
    """Return the answer or the command in a line.

    >>> read_answer("calm l5")
    Answer(position=<Quadrant.Q4: 'Q4'>, liking=5, familiarity=None)
    >>> read_answer("u")
    <LabelCommand.UNDO: 'u'>

    Raises:
        ValueError: The line is neither.
    """
    words = line.lower().replace(",", " ").split()
    extras = [_EXTRA.fullmatch(word) for word in words[1:]]
    liked = {_FIELDS[found[1]]: int(found[2]) for found in extras if found}
    rest = words[:1] + [word for word, found in zip(words[1:], extras, strict=True) if not found]
    if len(rest) == 1 and rest[0] in COMMANDS and not liked:
        return COMMANDS[rest[0]]
    return Answer(_position(rest), **liked)


def _position(words: list[str]) -> Quadrant | tuple[float, float] | None:
    if words == ["?"]:
        return None
    if len(words) == 1 and words[0] in NUMBERED:
        return NUMBERED[words[0]]
    try:
        return point(words)
    except ValueError as error:
        known = ", ".join(f"{quadrant.value[1]} {word}" for quadrant, word in WORDS.items())
        is_point = len(words) > 1
        why = str(error) if is_point else f"{' '.join(words)!r} is no answer: {known}."
        raise ValueError(f"{why} Type h for help.") from None
