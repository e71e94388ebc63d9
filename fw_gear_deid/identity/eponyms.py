"""Diseases, signs, devices and methods that bear the name of a person: ``Baker cyst``, ``Guillain-Barre``.

Own list of medical usage. Known identifiers of the subject go all the same, and so does a name that a title introduces.
"""

from __future__ import annotations

import re
from typing import Final

_NOUNS: Final = (
    "disease syndrome cyst palsy paralysis sarcoma tumor tumour lymphoma chorea neuroma dementia ataxia "
    "dystrophy malformation anomaly deformity variant arteritis vasculitis thyroiditis encephalopathy kyphosis "
    "fracture hernia contracture esophagus phenomenon sign reflex maneuver manoeuvre fundoplication procedure "
    "catheter line stent shunt drain cleft cave pouch duct ligament canal foramen fissure sulcus gyrus ganglion "
    "gland fascia space spaces node nodes area areas nucleus circulation coronary angle ringing filter window "
    "kernel noise artifact ghost ghosts atlas parcellation "
    "distribution transform frequency equation sequence score scale classification grade "
    "criteria aneurysm infraction balloon index view model plot method"
)
"""What a name stands for a thing before."""

_PAIRED: Final = (
    "arnold-chiari blalock-taussig bland-altman budd-chiari calve-perthes carr-purcell charcot-marie "
    "creutzfeldt-jakob dandy-walker ehlers-danlos epstein-barr guillain-barre hallervorden-spatz henoch-schonlein "
    "hill-sachs hippel-lindau kearns-sayre klippel-feil klippel-trenaunay landau-kleffner legg-calve lennox-gastaut "
    "levenberg-marquardt lucas-kanade marie-tooth meiboom-gill osgood-schlatter osler-weber parkinson-white "
    "peutz-jeghers prader-willi salter-harris savitzky-golay shy-drager stejskal-tanner sturge-weber swan-ganz "
    "tay-sachs virchow-robin von-hippel weber-rendu wolff-parkinson zollinger-ellison "
    "look-locker shepp-logan artis-zee magnetom-sola magnetom-harmony revolution-maxima"
)
_PAIRS: Final = frozenset(_PAIRED.split())
"""Names that stand together for one thing."""

_THINGS: Final = frozenset({"bayer", "bracco", "guerbet", "alzheimer", "gleason", "hashimoto", "hodgkin", "huntington"})
"""Names that hardly ever mean a person in these texts: of companies, diseases, scores."""

_THING: Final = re.compile(
    rf"(?:['\u2019]s)?(?:-[^\W\d_]+)?[ _](?:{_NOUNS.replace(' ', '|')})(?![^\W_])", re.IGNORECASE
)
_BEHIND: Final = re.compile(r"[-_ ]([^\W\d_]+)")
_BEFORE: Final = re.compile(r"([^\W\d_]+)[-_ ]$")


def is_eponym(text: str, start: int, stop: int) -> bool:
    """Whether a word of a text, a name by itself, stands for a thing there.

    Args:
        text: the text.
        start: where the word begins.
        stop: where it ends.
    """
    word = text[start:stop].casefold()
    if word in _THINGS or _THING.match(text, stop):
        return True
    behind, before = _BEHIND.match(text, stop), _BEFORE.search(text, max(0, start - 32), start)
    return (behind is not None and is_pair(word, behind[1])) or (before is not None and is_pair(before[1], word))


def is_pair(first: str, second: str) -> bool:
    """Whether two words together stand for a thing."""
    return f"{first}-{second}".casefold() in _PAIRS
