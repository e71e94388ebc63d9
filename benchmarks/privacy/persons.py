"""Patients who never lived: ordinary and invented names, numbers and addresses that lead nowhere."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

SEED: Final = 20240805
UID_ROOT: Final = "1.3.12.2.1107.5.2.43.99999"
"""Shaped as a scanner's root; no scanner has this serial number."""

STEMS: Final = ("Beispiel", "Canar", "Zebr", "Kolibr", "Müller", "Strandläuf", "Ibáñez", "Sparrow", "Papagei", "Tester")
ENDS: Final = ("mann", "owska", "erton", "ini", "by", "huber", "sen", "ez", "ich", "oux")
GIVEN: Final = ("Testina", "Margaret", "Jürgen", "José", "Dorothy", "Kenneth", "Zoë", "Linda", "Björn", "Patricia")
SEX: Final = "FFMMFMFFMF"
MIDDLE: Final = "QXJKVWYZUH"
PHYSICIANS: Final = ("Referraloux", "Doktorsen", "Medicusby", "Arztowska", "Healerton")
ORDINARY: Final = ("Robert Johnson", "Jennifer Williams", "Michael Anderson", "Susan Thompson", "David Martinez")
"""People of free text alone: no element tells their names, so that only word lists can know them."""
STREETS: Final = ("17 Birdcage Walk", "204 Feather Street", "9 Old Aviary Road", "31 Nestbox Avenue", "88 Perch Lane")
CITIES: Final = ("Nowhereville", "Beispielstadt", "Port Invented", "Testhaven", "Canaryburg")
NATIVE: Final = {
    "ISO 2022 JP": ("ISO_IR 6\\ISO 2022 IR 87", "{family}^{given}=金糸雀^試子=かなりあ^ためしこ", "金糸雀"),
    "ISO 2022 KR": ("\\ISO 2022 IR 149", "{family}^{given}=카나리^시험=카나리^시험", "카나리"),
    "GB18030": ("GB18030", "{family}^{given}=金丝雀^试女", "金丝雀"),
    "UTF-8": ("ISO_IR 192", "{family}^{given}=Κανάριος^Δοκιμή", "Κανάριος"),
    "Latin-1": ("ISO_IR 100", "{family}^{given}", "{family}"),
}
"""Character sets: SpecificCharacterSet, a PN written in it, and the part of it that must be gone."""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient with one visit; every value is identifying, were it real."""

    number: int
    family: str
    given: str
    middle: str
    sex: str
    patient_id: str
    birth: date
    visit: datetime
    accession: str
    other_id: str
    ssn: str
    phone: str
    email: str
    street: str
    city: str
    physician: str
    operator: str
    friend: str
    words: dict[str, str] = field(repr=False)

    def uid(self, *parts: str | int) -> str:
        """Return a UID of this visit that depends on ``parts`` alone."""
        digest = hashlib.sha256("/".join([self.patient_id, *map(str, parts)]).encode()).digest()
        number = 10**11 + int.from_bytes(digest[:6], "big") % 10**11
        return f"{UID_ROOT}.{self.visit:%Y%m%d%H%M%S}.{number}"

    def say(self, template: str) -> str:
        """Return a text about this patient: ``{family}``, ``{dob_us}`` … are filled in."""
        return template.format_map(self.words)

    @property
    def needles(self) -> tuple[tuple[str, str], ...]:
        """What may stand nowhere in any byte: kind and text, each long enough to be no coincidence."""
        words = self.words
        names = {self.family, words["plain_family"], words["umlaut_family"]}
        births = {words[form] for form in ("dob", "dob_iso", "dob_us", "dob_german", "dob_words", "dob_month_first")}
        natives = {part for _, _, part in NATIVE.values() if "{" not in part}
        return (
            *(("name", name) for name in sorted(names)),
            *(("name", name) for name in sorted(natives)),
            *(("birth date", birth) for birth in sorted(births)),
            *(("id", value) for value in (self.patient_id, self.other_id, self.ssn)),
            ("accession number", self.accession),
            *(("telephone", value) for value in (self.phone, words["phone_digits"])),
            ("e-mail", self.email),
            ("address", self.street),
            *(("person", value.split("^")[0]) for value in (self.physician, self.operator)),
        )


def plain(text: str) -> str:
    """Return a text without accents."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def persons(count: int, seed: int = SEED) -> list[Person]:
    """Return so many patients, the same for one seed.

    Raises:
        ValueError: more patients than there are names.
    """
    families = [stem + end for stem in STEMS for end in ENDS]
    if count > len(families):
        raise ValueError(f"at most {len(families)} patients")
    random = Random(seed)  # noqa: S311  # no secret: the same patients each time
    return [_person(number, family, random) for number, family in enumerate(random.sample(families, count))]


def _person(number: int, family: str, random: Random) -> Person:
    which = number % len(GIVEN)
    given, middle = GIVEN[which], MIDDLE[random.randrange(len(MIDDLE))]
    birth = date(1931, 1, 13) + timedelta(days=random.randrange(25_000))
    birth = birth.replace(day=random.randint(13, 28))  # no day that is a month, so that spellings differ
    visit = datetime(2022, 1, 3, 8, 5, 7, 250_000) + timedelta(  # noqa: DTZ001  # DICOM times know no zone
        days=random.randrange(700), minutes=random.randrange(500)
    )
    digits = [random.randrange(10) for _ in range(40)]
    figures = "".join(map(str, digits))
    values = {
        "patient_id": f"TST{7100000 + random.randrange(800_000)}",
        "accession": f"AC{figures[:4]}C{figures[4:8]}",
        "other_id": f"OLDMRN{figures[8:13]}",
        "ssn": f"900-{figures[13:15]}-{figures[15:19]}",
        "phone": f"({200 + number % 700}) 555-01{figures[19:21]}",
        "email": f"{plain(given).lower()}.{plain(family).lower()}@example.org",
        "street": STREETS[random.randrange(len(STREETS))],
        "city": CITIES[random.randrange(len(CITIES))],
        "physician": f"{PHYSICIANS[random.randrange(len(PHYSICIANS))]}^Ralph^^Dr",
        "operator": "Operatrix^Olga",
        "friend": ORDINARY[random.randrange(len(ORDINARY))],
    }
    words = values | _names(family, given, middle) | _dates(birth, visit) | _parts(values)
    return Person(number, family, given, middle, SEX[which], birth=birth, visit=visit, words=words, **values)


def _names(family: str, given: str, middle: str) -> dict[str, str]:
    umlauts = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
    return {
        "family": family,
        "given": given,
        "pn": f"{family}^{given}^{middle}",
        "spoken": f"{given} {family}",
        "with_middle": f"{given} {middle}. {family}",
        "last_first": f"{family}, {given}",
        "initial": f"{given[0]}. {family}",
        "upper": f"{given} {family}".upper(),
        "upper_family": family.upper(),
        "joined": f"{family}_{given}",
        "plain_family": plain(family),
        "plain_given": plain(given),
        "umlaut_family": plain(family.translate(umlauts)),
    }


def _dates(birth: date, visit: datetime) -> dict[str, str]:
    return {
        "dob": f"{birth:%Y%m%d}",
        "dob_iso": birth.isoformat(),
        "dob_us": f"{birth:%m/%d/%Y}",
        "dob_german": f"{birth:%d.%m.%Y}",
        "dob_words": f"{birth.day} {birth:%B %Y}",
        "dob_month_first": f"{birth:%B} {birth.day}, {birth.year}",
        "day": f"{visit:%Y%m%d}",
        "day_iso": f"{visit:%Y-%m-%d}",
        "day_us": f"{visit:%m/%d/%Y}",
        "day_words": f"{visit.day} {visit:%b} {visit.year}",
        "day_slash": f"{visit:%Y/%m/%d}",
        "time": f"{visit:%H%M%S}.250000",
        "time_iso": f"{visit:%H:%M:%S}",
    }


def _parts(values: dict[str, str]) -> dict[str, str]:
    return {
        "phone_points": values["phone"].strip("(").replace(") ", ".").replace("-", "."),
        "phone_dashes": values["phone"].strip("(").replace(") ", "-"),
        "street_upper": values["street"].upper(),
        "phone_digits": "".join(filter(str.isdigit, values["phone"])),
        "physician_family": values["physician"].split("^")[0],
        "operator_family": "Operatrix",
        "friend_family": values["friend"].split()[1],
        "friend_given": values["friend"].split()[0],
    }
