"""Business days: the public holidays of a country, its weekend, and the days on which the office itself is closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

ONE_DAY = timedelta(days=1)
# Further than any deadline goes: a calendar without a business day in so long has none at all.
LONGEST_DELAY = timedelta(days=3650)


@dataclass(frozen=True)
class Calendar:
    """The business days of a country (ISO 3166 alpha-2) less the `closures` of the office."""

    country: str
    closures: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        return day in _working_days(self.country, day.year) and day not in self.closures

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th business day after `day`, and the day itself for 0; raises ValueError if there is none."""
        return self._walk(day, count, ONE_DAY)

    def before(self, day: date, count: int) -> date:
        """Return the `count`-th business day before `day`; raises ValueError if there is none."""
        return self._walk(day, count, -ONE_DAY)

    def between(self, day: date, last: date) -> int:
        """Return how many business days come after `day`, up to and including `last`."""
        return sum(map(self.is_business_day, days_after(day, last)))

    def _walk(self, day: date, count: int, step: timedelta) -> date:
        found, start = day, day
        while count:
            found += step
            if abs(found - start) > LONGEST_DELAY:
                raise ValueError("the calendar has no business days")
            count -= self.is_business_day(found)
        return found


def days_after(day: date, last: date) -> Iterator[date]:
    """Yield every day after `day`, up to and including `last`."""
    for number in range((last - day).days):
        yield day + timedelta(days=number + 1)


def holidays_of(country: str, year: int) -> dict[date, str]:
    """Return the public holidays of one year with their names."""
    return dict(sorted(holidays.country_holidays(country, years=year).items()))


@lru_cache(maxsize=64)
def _working_days(country: str, year: int) -> frozenset[date]:
    known = holidays.country_holidays(country, years=year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    return frozenset(day for day in [first, *days_after(first, last)] if known.is_working_day(day))
