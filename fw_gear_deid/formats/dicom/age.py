"""PatientAge from the birth date, as Flywheel's profiles define it (profile language, section 7)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from dateutil.relativedelta import relativedelta

if TYPE_CHECKING:
    from fw_gear_deid.profile.model import Section

UNITS: Final = ("D", "M", "Y")
MAX_NUMBER: Final = 960
"""From this number on the next larger unit is taken."""

CAP_YEARS: Final = 90
"""What ``cap-age`` writes for everyone older than 89 (HIPAA safe harbour, 45 CFR 164.514(b)(2)(i)(C))."""


def age_at_study(birth_date: str, study_date: str, section: Section) -> str | None:
    """Return an AS value such as ``037Y``; None when a date is missing or not in the section's ``date-format``."""
    date_format = section.text("date-format")
    try:
        born = datetime.strptime(birth_date, date_format)  # noqa: DTZ007  # dates of the same place
        studied = datetime.strptime(study_date, date_format)  # noqa: DTZ007
    except ValueError:
        return None
    first, last = sorted((born, studied))
    if section.flag("cap-age") and relativedelta(last, first).years >= CAP_YEARS:
        return f"{CAP_YEARS:03d}Y"
    wanted = section.text("patient-age-units")
    for unit in UNITS[UNITS.index(wanted) if wanted in UNITS else 0 :]:
        number = _number(first, last, unit)
        if number < MAX_NUMBER or unit == UNITS[-1]:
            break
    return f"{min(number, MAX_NUMBER):03d}{unit}"


def _number(first: datetime, last: datetime, unit: str) -> int:
    """Return the whole units between two dates."""
    if unit == "D":
        return (last - first).days
    between = relativedelta(last, first)
    years, months = int(between.years), int(between.months)
    return years if unit == "Y" else 12 * years + months
