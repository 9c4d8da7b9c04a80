"""Quiet hours: on the reader's clock, by the store's hours and the law of the place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.rooms.messaging.contracts import Channel, ConsentState, Purpose
from doorstep.rooms.messaging.rules.contact import Contact
from doorstep.rooms.messaging.rules.contact_rules import ContactRules, Hours
from doorstep.rooms.messaging.rules.gate import decide
from doorstep.rooms.messaging.rules.places import Place, phone_start, place_of, state_code
from doorstep.rooms.messaging.rules.quiet_hours import Opening, next_open
from doorstep.rooms.messaging.rules.quiet_laws import LAWS, laws_for

DAYTIME = Opening(Hours(9, 20), ())
ZONES = sorted(available_timezones())
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
openings = st.builds(
    Opening,
    hours=st.none()
    | st.tuples(st.integers(0, 23), st.integers(1, 24))
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: Hours(*pair)),
    laws=st.lists(st.sampled_from(LAWS), max_size=2, unique=True).map(tuple),
).filter(lambda opening: opening.hours is not None or opening.laws)


def text_at(moment: str, place: Place, *, channel: Channel = Channel.SMS, **changes: object):
    """Return the decision on an advertising text at a moment of UTC."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    values: dict[str, object] = {
        "purpose": Purpose.MARKETING,
        "at": at,
        "addresses": dict.fromkeys(Channel, "x"),
        "forced": channel,
        "consents": {(channel, purpose): ConsentState.GRANTED for purpose in Purpose},
        "place": place,
    } | changes
    return decide(Contact(**values))  # type: ignore[arg-type]


def at_home(zone: str, *codes: str) -> Place:
    return Place((zone,), codes)


BERLIN = at_home("Europe/Berlin", "DE")
PARIS = at_home("Europe/Paris", "FR")


@settings(max_examples=300, deadline=None)  # holidays of a year are worked out once
@given(instants, st.sampled_from(ZONES), openings)
def test_what_is_put_off_arrives_when_it_is_open(
    instant: datetime, zone: str, opening: Opening
) -> None:
    moment = next_open(instant, (zone,), opening)
    local = moment.astimezone(ZoneInfo(zone))
    hours = opening.on(local.date())
    assert moment >= instant
    assert hours is not None
    assert local.hour < hours.end or hours.end == 24
    # Clocks that go forward over the start open late; no other way is there to be early.
    assert local.hour >= hours.start
    assert next_open(moment, (zone,), opening) == moment


@settings(max_examples=100, deadline=None)
@given(instants, st.sampled_from(ZONES))
def test_nobody_waits_longer_than_a_night(instant: datetime, zone: str) -> None:
    # 13 hours of night; Samoa left out a whole day in 2011, but that lies behind.
    assert next_open(instant, (zone,), DAYTIME) - instant <= timedelta(hours=14)


def test_a_text_at_night_waits_for_the_morning_there_and_says_so() -> None:
    decision = text_at("2026-11-24T21:30", BERLIN)
    assert (decision.outcome, decision.reason) == ("defer", "quiet_hours")
    assert decision.until == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert decision.words == (
        "It is Tuesday 22:30 for the person (Europe/Berlin). Marketing messages by SMS go out from"
        " 9:00 to 20:00 there. It waits until 25 Nov, 09:00 (Europe/Berlin)."
    )
    assert not decision.is_personal  # the same for everybody in Berlin


def test_what_belongs_to_a_purchase_goes_at_any_hour_and_mail_as_the_store_likes() -> None:
    night = "2026-11-24T02:00"
    assert text_at(night, BERLIN, purpose=Purpose.TRANSACTIONAL).outcome == "send"
    assert text_at(night, BERLIN, channel=Channel.EMAIL).outcome == "send"
    evenings = ContactRules((), ((Channel.EMAIL, Purpose.MARKETING, Hours(17, 21)),))
    decision = text_at(night, BERLIN, channel=Channel.EMAIL, rules=evenings)
    assert decision.until == datetime(2026, 11, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.PUSH, Channel.WHATSAPP])
@pytest.mark.parametrize("purpose", [Purpose.SERVICE, Purpose.MARKETING])
def test_what_rings_in_a_pocket_keeps_to_daytime(channel: Channel, purpose: Purpose) -> None:
    assert text_at("2026-11-24T02:00", BERLIN, channel=channel, purpose=purpose).outcome == "defer"
    assert text_at("2026-11-24T12:00", BERLIN, channel=channel, purpose=purpose).outcome == "send"


@pytest.mark.parametrize(
    ("place", "moment", "until", "law"),
    [
        # Sunday 22 November 2026
        (PARIS, "2026-11-22T12:00", "2026-11-23T08:00", "France"),
        # 11 November is a holiday, a Wednesday in 2026
        (PARIS, "2026-11-11T12:00", "2026-11-12T08:00", "France"),
        # Easter Monday 2027 after Easter Sunday
        (PARIS, "2027-03-28T12:00", "2027-03-30T07:00", "France"),
        (
            at_home("America/Chicago", "US", "US-TX"),
            "2026-11-22T16:00",
            "2026-11-22T18:00",
            "Texas",
        ),
        (at_home("America/New_York", "US", "US-FL"), "2026-11-24T13:30", "2026-11-24T14:00", ""),
    ],
)
def test_stricter_places(place: Place, moment: str, until: str, law: str) -> None:
    decision = text_at(moment, place)
    assert decision.outcome == "defer"
    assert decision.until == datetime.fromisoformat(until).replace(tzinfo=UTC)
    assert law in decision.words


def test_florida_ends_an_hour_earlier_than_the_store_would() -> None:
    late = ContactRules((), ((Channel.SMS, Purpose.MARKETING, Hours(9, 22)),))
    florida = at_home("America/New_York", "US", "US-FL")
    half_past_eight = "2026-11-25T01:30"
    decision = text_at(half_past_eight, florida, rules=late)
    assert decision.outcome == "defer"
    assert "Florida" in decision.words
    assert "Fla. Stat. 501.616" in decision.words
    assert text_at(half_past_eight, at_home("America/New_York", "US", "US-NY"), rules=late).outcome == "send"  # fmt: skip


def test_the_law_holds_though_the_store_has_no_hours_and_binds_advertising_only() -> None:
    anytime = ContactRules((), ())
    assert text_at("2026-11-22T12:00", PARIS, rules=anytime).outcome == "defer"
    assert text_at("2026-11-22T12:00", PARIS, rules=anytime, purpose=Purpose.SERVICE).outcome == "send"  # fmt: skip
    assert text_at("2026-11-22T12:00", PARIS, rules=anytime, channel=Channel.PUSH).outcome == "send"
    assert laws_for(Channel.EMAIL, Purpose.MARKETING, ("FR",)) == ()


def test_hours_that_never_meet_the_law_give_way_to_it() -> None:
    nightly = ContactRules((), ((Channel.SMS, Purpose.MARKETING, Hours(20, 23)),))
    decision = text_at("2026-11-24T21:00", PARIS, rules=nightly)
    assert decision.until == datetime(2026, 11, 25, 7, tzinfo=UTC)


def test_clocks_going_forward_and_back() -> None:
    # Berlin, 29 March 2026: 2:00 to 3:00 does not exist; 25 October 2026: 2:00 to 3:00 twice.
    opening = Opening(Hours(2, 5), ())
    forward = next_open(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), ("Europe/Berlin",), opening)
    assert forward == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 3:00 there
    back = next_open(datetime(2026, 10, 24, 23, 0, tzinfo=UTC), ("Europe/Berlin",), opening)
    assert back == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # the first 2:00
    # The night before either change, nine in the morning is nine on the wall.
    for night, morning in [((3, 28, 22), (3, 29, 7)), ((10, 24, 21), (10, 25, 8))]:
        moment = next_open(datetime(2026, *night, tzinfo=UTC), ("Europe/Berlin",), DAYTIME)
        assert moment == datetime(2026, *morning, tzinfo=UTC)


def test_from_coast_to_coast_nobody_is_woken() -> None:
    states = place_of("", "US", "", "", "Europe/Berlin")
    assert states.zones == ("America/New_York", "America/Los_Angeles")
    nine_in_new_york = "2026-11-24T14:00"
    decision = text_at(nine_in_new_york, states)
    assert decision.until == datetime(2026, 11, 24, 17, tzinfo=UTC)  # nine in Los Angeles
    assert text_at("2026-11-25T01:30", states).outcome == "defer"  # past eight in New York


def test_zones_without_a_common_hour_go_by_the_first() -> None:
    narrow = Opening(Hours(9, 10), ())
    both = next_open(
        datetime(2026, 11, 24, 12, tzinfo=UTC), ("Europe/Berlin", "Asia/Tokyo"), narrow
    )
    assert both == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_another_rules_delay_into_the_night_ends_in_the_morning() -> None:
    tonight = datetime(2026, 11, 24, 22, tzinfo=UTC)
    decision = text_at("2026-11-24T12:00", BERLIN, not_before=tonight)
    assert decision.until == datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "country", "region", "phone", "zones", "codes"),
    [
        ("Europe/Lisbon", "DE", "", "", ("Europe/Lisbon",), ("DE",)),
        # A zone that does not exist is passed over, whatever it looks like.
        ("Europe/Atlantis", "DE", "", "", ("Europe/Berlin",), ("DE",)),
        ("../etc/passwd", "", "", "", ("Asia/Tokyo",), ()),
        ("", "US", "Florida", "", ("America/New_York", "America/Chicago"), ("US", "US-FL")),
        ("", "US", "US-TX", "", ("America/Chicago", "America/Denver"), ("US", "US-TX")),
        ("", "US", "", "+1305", ("America/New_York", "America/Chicago"), ("US", "US-FL")),
        ("", "US", "NY", "+1512", ("America/New_York",), ("US", "US-NY", "US-TX")),
        ("", "", "", "+1212", ("America/New_York",), ("US", "US-NY")),
        ("", "", "", "+1416", ("America/Toronto", "America/Winnipeg"), ("CA", "CA-ON")),
        ("", "", "", "+1876", ("America/Jamaica",), ("JM",)),
        ("", "", "", "+3361", ("Europe/Paris",), ("FR",)),
        ("", "DE", "", "+3361", ("Europe/Berlin",), ("DE", "FR")),
        ("", "", "", "+3535", ("Europe/Dublin",), ("IE",)),
        ("", "", "", "+7701", ("Asia/Almaty",), ("KZ",)),
        ("", "AU", "Western Australia", "", ("Australia/Sydney", "Australia/Perth"), ("AU",)),
        ("", "AU", "WA", "", ("Australia/Perth",), ("AU", "AU-WA")),
        ("", "", "", "", ("Asia/Tokyo",), ()),
        ("", "ZZ", "", "+9990", ("Asia/Tokyo",), ("ZZ",)),
    ],
)
def test_where_somebody_is(
    told: str, country: str, region: str, phone: str, zones: tuple[str, ...], codes: tuple[str, ...]
) -> None:
    assert place_of(told, country, region, phone, "Asia/Tokyo") == Place(zones, codes)


def test_a_store_in_no_zone_goes_by_utc() -> None:
    assert place_of("", "", "", "", "Mars/Olympus").zones == ("UTC",)


@given(st.text(max_size=20), st.text(max_size=2), st.text(max_size=20), st.text(max_size=8))
def test_whatever_stands_in_the_database_some_zone_comes_out(
    told: str, country: str, region: str, phone: str
) -> None:
    place = place_of(told, country, region, phone_start(phone), "Europe/Berlin")
    assert place.zone.key in available_timezones()


def test_states_are_known_by_code_and_by_name() -> None:
    assert state_code("US", "fl") == state_code("US", "Florida") == state_code("US", "US-FL")
    assert state_code("US", "The Sunshine State") == ""
    assert state_code("", "FL") == ""


def test_every_law_names_its_place_and_source() -> None:
    for law in LAWS:
        assert law.source
        assert law.place.removeprefix("the ") in law.says
        assert any(law.hours_on(date(2026, 11, 16) + timedelta(days=n)) for n in range(7))
