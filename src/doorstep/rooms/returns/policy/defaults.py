"""The policy every store begins with, so that returns work before anybody set them up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import insert_rows
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.contracts import LabelPayer, MethodKind, Outcome
from doorstep.rooms.returns.models.policy import PolicyRule, PolicyVersion, WarrantyPolicy
from doorstep.rooms.returns.policy.effects import BASE, Effects, LabelTerms, Offer, Window

DEFAULT_NOTE = "The policy that comes with a new store"
SALE_TAGS = ["final sale", "final-sale", "Final sale", "Final Sale"]
WARRANTY_MONTHS = 24  # EU: directive (EU) 2019/771, article 10: two years from delivery

_OUR_FAULT = Effects(
    window=Window(days=60, start="delivery"),
    final_sale=False,
    offers=(
        Offer(outcome=Outcome.REFUND),
        Offer(outcome=Outcome.EXCHANGE),
        Offer(outcome=Outcome.REPLACEMENT),
        Offer(outcome=Outcome.STORE_CREDIT),
    ),
    methods=(MethodKind.QR_DROP_OFF, MethodKind.LABEL),
    label=LabelTerms(payer=LabelPayer.STORE),
)


def _condition(*comparisons: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "subject": "return_line", "where": {"all": list(comparisons)}}


DEFAULT_RULES: tuple[tuple[str, dict[str, Any], Effects], ...] = (
    (
        "Damaged, wrong or faulty",
        _condition(
            {"fact": "return_line.fault", "op": "in", "value": ["merchant", "carrier"]},
        ),
        _OUR_FAULT,
    ),
    (
        "Final sale",
        _condition(
            {"fact": "return_line.product_tags", "op": "contains_any", "value": SALE_TAGS},
        ),
        Effects(final_sale=True),
    ),
)


def publish_default(*, at: datetime) -> None:
    """Publish the default version unless the store has one; safe when two do it at once."""
    by, store_id = Actor.system("returns").key, current_store_id()
    version_id = new_id()
    version = {
        "id": version_id,
        "store_id": store_id,
        "number": 1,
        "note": DEFAULT_NOTE,
        "base": BASE.to_json(),
        "covers_past": True,
        "is_default": True,
        "copied_from_id": None,
        "created_at": at,
        "created_by": by,
        "updated_at": at,
        "live_from": at,
        "published_at": at,
        "published_by": by,
    }
    with transaction.atomic():
        if not insert_rows(PolicyVersion, [version], unless="(store_id) WHERE is_default"):
            return
        insert_rows(
            PolicyRule,
            [
                {
                    "id": new_id(),
                    "store_id": store_id,
                    "version_id": version_id,
                    "position": position,
                    "name": name,
                    "condition": condition,
                    "effects": effects.to_json(),
                    "is_active": True,
                }
                for position, (name, condition, effects) in enumerate(DEFAULT_RULES, 1)
            ],
        )
        WarrantyPolicy.objects.create(
            store_id=store_id,
            version_id=version_id,
            position=1,
            name="Two years on everything",
            condition=_condition(),
            months=WARRANTY_MONTHS,
            resolutions=[Outcome.REPLACEMENT.value, Outcome.REPAIR.value, Outcome.REFUND.value],
        )
