"""Warns when a name in other scripts can be taken for another one: the trick behind most IDN phishing."""

from __future__ import annotations

from unicodedata import name as unicode_name

from core.language import N_, tr

# Letters that most fonts draw like ASCII ones: the part of Unicode's confusables (UTS 39) met in phishing.
DRAWN_LIKE = {
    "a": "аαɑ", "b": "ЬƄ", "c": "сϲⅽ", "d": "ԁɗⅾ", "e": "еєҽ", "f": "ƒ", "g": "ɡԍց", "h": "һհ", "i": "іιıɩ",
    "j": "јϳ", "k": "кκ", "l": "ӏⅼǀו", "m": "мⅿ", "n": "ոп", "o": "оοօ੦ہ०", "p": "рρ", "q": "ԛգ", "r": "гᴦ",
    "s": "ѕꜱ", "t": "тτ", "u": "υսц", "v": "νѵⅴ", "w": "ԝωѡ", "x": "хχⅹ", "y": "уүγ", "z": "ᴢ", "3": "зӡ",
}  # fmt: skip
SKELETON = str.maketrans({alike: letter for letter, group in DRAWN_LIKE.items() for alike in group})
# Scripts that one language writes together (UTS 39, "highly restrictive"); Latin may stand beside them.
TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "LATIN"}),
    frozenset({"CJK", "BOPOMOFO", "LATIN"}),
    frozenset({"CJK", "HANGUL", "LATIN"}),
)


def warning(unicode_domain: str, a_labels: str) -> str | None:
    """A sentence for a name that mixes scripts within a label or reads like an ASCII one; else None."""
    labels = [label for label in unicode_domain.split(".") if not label.isascii()]
    if not labels:
        return None
    skeleton = unicode_domain.translate(SKELETON)
    if skeleton.isascii():
        said = N_("{name} only looks like {other}: its letters come from another script ({spelled}).")
        return tr(said, name=unicode_domain, other=skeleton, spelled=a_labels)
    mixed = next((label for label in labels if _mixes(label)), None)
    if mixed:
        said = N_("{name} mixes letters of different scripts within {part} ({spelled}).")
        return tr(said, name=unicode_domain, part=mixed, spelled=a_labels)
    imitated = next((label for label in labels if label.translate(SKELETON).isascii()), None)
    if imitated:
        other = imitated.translate(SKELETON)
        said = N_("{part} in {name} only looks like {other} ({spelled}).")
        return tr(said, part=imitated, name=unicode_domain, other=other, spelled=a_labels)
    return None


def _mixes(label: str) -> bool:
    scripts = {unicode_name(letter, "?").split(" ")[0] for letter in label if letter.isalpha()}
    return len(scripts) > 1 and not any(scripts <= allowed for allowed in TOGETHER)
