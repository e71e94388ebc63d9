"""Words that introduce a person, in the languages of many sites: deeds, roles, relatives, "known as", "lives in".

Own lists. What follows them is a name if it is capitalised and no harmless word.
"""

from __future__ import annotations

import re
from typing import Final

_DEEDS: Final = (
    "referred performed requested reported dictated signed read reviewed acquired scanned ordered seen approved "
    "transcribed injected verified done edited sent examined positioned accompanied discussed witnessed supervised"
)
_WORKS: Final = "exam scan study report"
_ROLES: Final = (
    "phys md doctor dr prof professor operator tech rad ref contact attn assistant staff reader read signed verified "
    "sig author witness"
)
"""With a colon; some are common words."""

_OFFICES: Final = (
    "physician radiologist technologist technician surgeon nurse attending resident fellow "
    "radiographer sonographer anesthetist anaesthetist consultant coordinator interpreter "
    "mta mtra mtr attn arzt ärztin oberarzt médecin medecin médico medico"
)
_RELATIVES: Final = (
    "mother father parents mum mom dad son daughter wife husband brother sister aunt uncle grandmother grandfather "
    "partner friend neighbor neighbour guardian caregiver carer fiancé fiancée fiancee mutter vater eltern tochter "
    "sohn ehefrau ehemann bruder schwester mère père fils fille épouse époux frère sœur soeur madre padre hijo hija "
    "esposa esposo hermano hermana figlio figlia moglie marito fratello sorella zoon dochter moeder vader"
)
_RELATIONS: Final = f"{_RELATIVES} child care courtesy"
_PERSONS: Final = "patient pat pt subject participant"
_CALLED: Final = (
    "aka geborene née heißt heisst surname lastname firstname vorname nachname familienname cognome apellido apellidos "
    "prénom prenom"
)
_PHRASES: Final = (
    r"known as|s['\u2019]appelle|geb\.|(?:patient|subject|participant|man|woman|boy|girl|baby) named|"
    r"(?:resident|native) of|(?:lives|living|born|lebt|wohnt) in|(?:moved|comes) from"
)


def _any(words: str) -> str:
    return f"(?:{words.replace(' ', '|')})"


CUE: Final = re.compile(
    rf"(?<!\w)(?:{_PHRASES}|{_any(_DEEDS)} (?:by|with)|{_any(_WORKS)} by|{_any(_RELATIONS)} of|c/o|"
    rf"{_any(f'{_ROLES} {_OFFICES} {_RELATIVES} {_PERSONS} {_CALLED}')} ?[:=]|{_any(f'{_PERSONS} {_CALLED}')} |"
    rf"{_any(_RELATIVES)} ?[(,]|(?-i:{_any(f'{_OFFICES} {_RELATIVES}')}) ) ?",
    re.IGNORECASE,
)
"""What a name may follow; at a blank alone only in small letters, for headings are capitalised: ``Brother Asthma``."""

CUE_WORDS: Final = frozenset(
    f"{_DEEDS} {_WORKS} {_ROLES} {_OFFICES} {_RELATIONS} {_PERSONS} {_CALLED} c known appelle geb named native lives "
    "living born lebt wohnt moved comes".split()
)
"""Words of which a text must have one to have a cue."""

_NAMES: Final = (
    "name vorname nachname familienname nom prenom prénom nombre apellido apellidos nome cognome naam voornaam "
    "achternaam navn fornavn etternavn"
)
NAMING: Final = re.compile(
    r"(?<!\w)(?:(?:patienten|patient|subject|participant|pat|mother|father|parent)(?:['\u2019]?s)?[ _]?)?"
    rf"(?:(?:last|first|full|given|family|maiden|sur|birth)[ _]?)?{_any(_NAMES)}"
    r"(?: d(?:es|er|el|u) pa[ct]i?ent\w*| of (?:the )?patient)?(?P<is> ?[:=] ?| is )",
    re.IGNORECASE,
)
"""What a name follows for certain, capitalised or not."""

NAMING_WORDS: Final = frozenset(f"{_NAMES} lastname firstname surname patientname patientenname patname".split())

_THINGS: Final = (
    "protocol series coil sequence file display scan task software program atlas template map image column field "
    "contrast agent drug product model region label profile kernel filter event stimulus condition pulse tracer "
    "variable parameter"
)
OF_THINGS: Final = frozenset(_THINGS.split())
"""Words before ``name`` with which it is no person's."""
