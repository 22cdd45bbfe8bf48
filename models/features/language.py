"""Detect lyrics that are not used: other languages than English, and texts without words.

The rule rejects seldom: English, short, mixed and doubtful texts are used.
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from models.features.nade import words_of
from models.track import Notice

NO_WORDS = "no_words"
_LANGUAGE = "language:"

KNOWN_SHARE = 0.72
"""Share of English words from which a text is used without language detection. Up to seven in ten
words of whole Spanish sentences, such as "solo" and "amor", are also in the English vocabulary."""
STRANGE_SHARE = 0.2
"""Below this share, a text in doubtful language counts as without words."""
SURE, LIKELY = 0.95, 0.4
"""Minimum probabilities of a rejected text: of any other language, and of the named one."""
NOT_A_LANGUAGE = 0.8
"""Probability of no language from which a text counts as without words."""
LATIN_SHARE = 0.5
"""A text with a lower share of Latin letters is not English."""
MAX_CHARACTERS = 5_000
"""Language detection reads only this many characters."""

_ENGLISH, _NONE = "en", "zxx"
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_LOADING = Lock()

# Languages that are hard to distinguish from these in a few lines are left out: dialects, Creoles,
# pidgins and small Romance languages. A text in one of them counts as its relative.
_NAMES = """
af Afrikaans, am Amharic, ar Arabic, az Azerbaijani, be Belarusian, bg Bulgarian, bn Bengali,
bs Bosnian, ca Catalan, cs Czech, cy Welsh, da Danish, de German, el Greek, en English,
es Spanish, et Estonian, eu Basque, fa Persian, fi Finnish, fr French, ga Irish, gu Gujarati,
ha Hausa, he Hebrew, hi Hindi, hr Croatian, ht Haitian Creole, hu Hungarian, hy Armenian,
id Indonesian, ig Igbo, is Icelandic, it Italian, ja Japanese, jv Javanese, ka Georgian,
kk Kazakh, km Khmer, kn Kannada, ko Korean, ku Kurdish, ky Kyrgyz, lo Lao, lt Lithuanian,
lv Latvian, mg Malagasy, mk Macedonian, ml Malayalam, mn Mongolian, mr Marathi, ms Malay,
mt Maltese, my Burmese, ne Nepali, nl Dutch, no Norwegian, or Odia, pa Punjabi, pl Polish,
ps Pashto, pt Portuguese, ro Romanian, ru Russian, si Sinhala, sk Slovak, sl Slovenian,
so Somali, sq Albanian, sr Serbian, st Sotho, sv Swedish, sw Swahili, ta Tamil, te Telugu,
th Thai, tl Tagalog, tr Turkish, ug Uyghur, uk Ukrainian, ur Urdu, uz Uzbek, vi Vietnamese,
xh Xhosa, yo Yoruba, zh Chinese, zu Zulu
"""

LANGUAGE_NAMES = {
    code: name for code, _, name in (entry.strip().partition(" ") for entry in _NAMES.split(","))
}
"""ISO 639 code to name."""


def skip_reason(text: str, english: Container[str]) -> str | None:
    """Return why lyrics are not used: ``language:es`` or ``no_words``; None if they are used."""
    words = _words(text)
    if not words:
        return NO_WORDS
    known = sum(word in english for word in words) / len(words)
    return None if known >= KNOWN_SHARE else _doubtful_skip_reason(text, words, known)


def notice_of(reason: str) -> Notice:
    """Return the notice about lyrics that are not used.

    >>> notice_of("language:es").message
    'The lyrics are in Spanish and were not used: only English lyrics are read.'
    """
    if reason == NO_WORDS:
        return Notice(
            "lyrics_no_words", "No words were found in the lyrics, so they were not used."
        )
    code = reason.removeprefix(_LANGUAGE)
    language = LANGUAGE_NAMES.get(code, "another language")
    return Notice(
        "lyrics_language",
        f"The lyrics are in {language} and were not used: only English lyrics are read.",
        code,
    )


def skip_reason_in(notices: Sequence[Notice]) -> str | None:
    """Return the reason of the first notice that `notice_of` made; None if there is none."""
    for notice in notices:
        if notice.code == "lyrics_no_words":
            return NO_WORDS
        if notice.code == "lyrics_language":
            return f"{_LANGUAGE}{notice.value}"
    return None


@dataclass(frozen=True, slots=True)
class Detection:
    """Result of language detection.

    Attributes:
        language: ISO 639 code of the likeliest language other than English.
        probability: Probability of that language.
        foreign: Probability of any language other than English.
        none: Probability of no language.
    """

    language: str
    probability: float
    foreign: float
    none: float


def detect(text: str) -> Detection:
    """Detect the language of the first 5,000 characters.

    The first call loads the detector, which takes 0.7 s and 76 MiB.
    """
    proba = language_proba(text)
    english, none = proba.pop(_ENGLISH), proba.pop(_NONE)
    language = max(proba, key=proba.__getitem__)
    return Detection(language, proba[language], 1 - english - none, none)


def language_proba(text: str) -> dict[str, float]:
    """Return the probability of each language, by its code, in the first 5,000 characters."""
    with _LOADING:
        detector = _detector()
    return dict(detector.rank(text[:MAX_CHARACTERS]))


def _doubtful_skip_reason(text: str, words: Sequence[str], known: float) -> str | None:
    """Return the reason to skip a text with few English words, or None."""
    found = detect(text)
    if found.none >= NOT_A_LANGUAGE:
        return NO_WORDS
    is_likely = found.foreign >= SURE and found.probability >= LIKELY
    if is_likely or not _is_latin(words):
        return f"{_LANGUAGE}{found.language}"
    is_refrain = len(set(words)) == 1  # such as "hallelujah", which few vocabularies hold
    return NO_WORDS if known < STRANGE_SHARE and not is_refrain else None


def _words(text: str) -> list[str]:
    """Return the words in lower case, without those that repeat one letter."""
    return [word for word in words_of(text) if _is_word(word)]


def _is_word(word: str) -> bool:
    is_one_letter = word.isascii() and len(set(word)) == 1
    return any(map(str.isalpha, word)) and (not is_one_letter or word in {"a", "i", "o"})


def _is_latin(words: Sequence[str]) -> bool:
    letters = [character for word in words for character in word if character.isalpha()]
    return sum(map(bool, map(_LATIN.match, letters))) >= LATIN_SHARE * len(letters)


@cache
def _detector() -> LanguageIdentifier:
    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages([*LANGUAGE_NAMES, _NONE])
    return detector
