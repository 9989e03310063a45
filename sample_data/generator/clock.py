"""Instants and wall clocks. An instant is an int: microseconds since 1970-01-01 UTC."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ZONES = {}


def zone(name):
    if name not in _ZONES:
        _ZONES[name] = ZoneInfo(name)
    return _ZONES[name]


def utc(text):
    """Instant of `2026-07-14T09:20:00Z`, `2026-07-14T09:20Z` or `2026-07-14`."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc))


def from_datetime(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def wall(at, zone_name):
    """Aware datetime of an instant in a zone."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone(zone_name))


def local(zone_name, day, hour, minute=0, second=0):
    """Instant of a wall time: in a gap the first valid instant after it, in a fold the earlier."""
    naive = datetime(day.year, day.month, day.day, hour, minute, second)
    at = from_datetime(naive.replace(tzinfo=zone(zone_name)))
    if wall(at, zone_name).replace(tzinfo=None) == naive:
        return at
    while wall(at, zone_name).utcoffset() == wall(at - MINUTE, zone_name).utcoffset():
        at -= MINUTE  # walk back to the instant of the change
    return at


def is_ambiguous(at, zone_name):
    """True when the wall time of an instant occurs twice."""
    here = wall(at, zone_name)
    return here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()


def days(first, last):
    """Dates from first to last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def iso(at):
    text = (EPOCH + timedelta(microseconds=at)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{at % SECOND:06d}Z" if at % SECOND else f"{text}Z"


def month(at):
    return (EPOCH + timedelta(microseconds=at)).strftime("%Y-%m")


def plain(at, zone_name):
    """`YYYY-MM-DD HH:MM:SS`, local, without offset."""
    return wall(at, zone_name).strftime("%Y-%m-%d %H:%M:%S")


def stamp(at, zone_name):
    """`YYYY-MM-DD_HHMM`, local: how the export scripts name their files."""
    return wall(at, zone_name).strftime("%Y-%m-%d_%H%M")


def first_of_months(first, last):
    """First days of the months from first to last, both included."""
    found, year, number = [], first.year, first.month
    while (year, number) <= (last.year, last.month):
        found.append(date(year, number, 1))
        year, number = (year + 1, 1) if number == 12 else (year, number + 1)
    return found
