"""One order as one reader sees it at one moment: the ground all words of its page stand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from doorstep.portal.formats import local_day, show_date, show_day, show_days, show_moment
from doorstep.portal.orders.beside import EVERYTHING, Beside
from doorstep.portal.orders.parcels import Parcel, Piece
from doorstep.rooms.orders.contracts import OrderDetail, ShopperOrder
from doorstep.rooms.stores.contracts import StoreInfo


@dataclass(frozen=True, slots=True)
class Reading:
    """An order with its parcels, its store, the reader's language and the present instant.

    :param waiting: what is in no parcel that left: still to be packed or sent.
    :param beside: what other rooms have of it, where its page looked.
    """

    order: ShopperOrder
    store: StoreInfo
    language: str
    at: datetime
    parcels: tuple[Parcel, ...] = ()
    waiting: tuple[Piece, ...] = ()
    beside: Beside = EVERYTHING

    @property
    def today(self) -> date:
        """The date at the store."""
        return local_day(self.at, self.store.timezone)

    def day(self, value: date) -> str:
        """Show a day in the reader's language."""
        return show_day(value, self.language)

    def day_of(self, at: datetime) -> str:
        """Show the day of an instant, without its year."""
        return show_day(local_day(at, self.store.timezone), self.language)

    def date_of(self, at: datetime) -> str:
        """Show the date of an instant, with its year."""
        return show_date(at, self.language, self.store.timezone)

    def moment(self, at: datetime, *, is_date_only: bool = False) -> str:
        """Show when something happened, as near as it is: "Today, 2:20 PM"."""
        day, clock = show_moment(at, self.language, self.store.timezone)
        if is_date_only:
            return day
        happened = local_day(at, self.store.timezone)
        if happened == self.today:
            return _("Today, %(time)s") % {"time": clock}
        if happened == self.today - timedelta(days=1):
            return _("Yesterday, %(time)s") % {"time": clock}
        return _("%(day)s, %(time)s") % {"day": day, "time": clock}

    def arriving(self, first: date | None, last: date) -> str:
        """Say on which day or between which days something arrives; a range begins today."""
        start = max(first or last, min(self.today, last))
        if start == last == self.today:
            return _("Arriving today, %(day)s") % {"day": self.day(last)}
        if start == last == self.today + timedelta(days=1):
            return _("Arriving tomorrow, %(day)s") % {"day": self.day(last)}
        return _("Arriving %(days)s") % {"days": show_days(start, last, self.language)}


@dataclass(frozen=True, slots=True)
class WholeReading(Reading):
    """The same on a page where the shopper acts on the order: read once for the page and its rooms.

    Parcels are not read for it: ``opening.read_parcels`` does.

    :param whole: the order as rooms judge it; what of it a page may show stands in ``order``.
    """

    whole: OrderDetail = field(kw_only=True)

    @property
    def zone(self) -> ZoneInfo:
        """The store's time zone."""
        return ZoneInfo(self.store.timezone)
