"""Switching the recording of visits on, and the secret the merchant's server signs with."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.secrets import decrypt_json, encrypt_json
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import SiteSettingsInfo
from doorstep.rooms.audiences.models import SiteActivity, SiteSettings
from doorstep.rooms.audiences.rules.activity import origin_of
from doorstep.rooms.stores import api as stores

ANONYMOUS_DAYS = 90
MOST_ORIGINS = 10


def get_site_settings() -> SiteSettingsInfo:
    """Return how this store watches its site, and when something was last seen there."""
    row = SiteSettings.objects.first()
    website = origin_of(stores.get_store().website_url)
    last = (
        SiteActivity.objects.filter(visitor__isnull=False)
        .order_by("-occurred_at")
        .values_list("occurred_at", "kind")
        .first()
    )
    extra = tuple(row.origins) if row else ()
    return SiteSettingsInfo(
        is_on=bool(row and row.is_on),
        website_origin=website,
        extra_origins=extra,
        anonymous_days=row.anonymous_days if row else ANONYMOUS_DAYS,
        has_secret=row is not None,
        last_seen_at=last[0] if last else None,
        last_seen_kind=last[1] if last else "",
    )


def listens_to(origin: str) -> bool:
    """Tell whether visits of a site at this origin are recorded: it is the store's, and it is on."""
    row = SiteSettings.objects.only("is_on", "origins").first()
    if row is None or not row.is_on or not origin:
        return False
    return origin in {origin_of(stores.get_store().website_url), *row.origins}


@action(
    "audiences.change_site_settings",
    permission="settings.edit",
    summary="Switch the recording of visits on or off",
)
def change_site_settings(
    *, is_on: bool, origins: Sequence[str], anonymous_days: int, by: Actor, at: datetime
) -> None:
    """Say whether visits are recorded, from which addresses, and how long unknown ones stay.

    :param origins: addresses of the shop beside the store's website, such as
        ``https://shop.example``; paths are left out.
    :raises Invalid: an address can't be read, or the days are not between 1 and 730.
    """
    wanted = []
    for text in origins:
        origin = origin_of(text)
        if not origin:
            raise Invalid(f"“{text[:80]}” is no address: write https://shop.example.", field="origins")  # fmt: skip
        wanted.append(origin)
    wanted = list(dict.fromkeys(wanted))
    if len(wanted) > MOST_ORIGINS:
        raise Invalid(f"Give at most {MOST_ORIGINS} addresses.", field="origins")
    if not 1 <= anonymous_days <= 730:
        raise Invalid("Keep them between 1 and 730 days.", field="anonymous_days")
    row = _hold(at)
    before = [row.is_on, row.origins, row.anonymous_days]
    row.is_on, row.origins, row.anonymous_days = is_on, wanted, anonymous_days
    row.changed_at = at
    row.save()
    audit.note(
        subject="site_activity",
        changes={
            name: [old, new]
            for name, old, new in zip(
                ("is_on", "origins", "anonymous_days"),
                before,
                [is_on, wanted, anonymous_days],
                strict=True,
            )
            if old != new
        },
    )


@action(
    "audiences.show_site_secret",
    permission="settings.edit",
    summary="Show the secret the shop's server signs visitors with",
)
def show_site_secret(*, by: Actor, at: datetime) -> str:
    """Return the secret; the audit trail says who looked."""
    return str(decrypt_json(_hold(at).secret))


@action(
    "audiences.renew_site_secret",
    permission="settings.edit",
    summary="Make a new secret for signing visitors",
)
def renew_site_secret(*, by: Actor, at: datetime) -> str:
    """Make a new secret: tokens signed with the old one stop working at once."""
    row = _hold(at)
    secret = secrets.token_urlsafe(32)
    row.secret, row.changed_at = encrypt_json(secret), at
    row.save(update_fields=["secret", "changed_at"])
    return secret


def _hold(at: datetime) -> SiteSettings:
    """Return the store's row, locked; made where there is none."""
    SiteSettings.objects.bulk_create(
        [
            SiteSettings(
                store_id=current_store_id(),
                secret=encrypt_json(secrets.token_urlsafe(32)),
                anonymous_days=ANONYMOUS_DAYS,
                changed_at=at,
            )
        ],
        ignore_conflicts=True,
    )
    return SiteSettings.objects.select_for_update().get()
