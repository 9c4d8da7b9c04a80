"""Write how products are used, looked after and used up: one by hand, many from a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.rooms.catalog.care_queries import find_products_by_sku, get_product
from doorstep.rooms.catalog.contracts import CareImport, ProductCare
from doorstep.rooms.catalog.models import Product
from doorstep.rooms.catalog.rules.care import (
    TEXTS,
    CareRow,
    check_run_out_days,
    read_care_csv,
    tidy_language,
    tidy_text,
    tidy_url,
)

MOST_LANGUAGES = 40
_FIELDS = (
    "page_url",
    "how_to",
    "how_to_video_url",
    "how_to_image_url",
    "how_to_page_url",
    "care",
    "run_out_days",
    "care_texts",
    "updated_at",
)
_PROBLEMS_SHOWN = 50


@action(
    "catalog.set_care",
    permission="templates.edit",
    summary="Write how a product is used, looked after and how long it lasts",
)
def set_care(
    *,
    product_id: UUID,
    how_to: str | None = None,
    how_to_video_url: str | None = None,
    how_to_image_url: str | None = None,
    how_to_page_url: str | None = None,
    care: str | None = None,
    page_url: str | None = None,
    run_out_days: int | None = None,
    never_runs_out: bool = False,
    translations: dict[str, dict[str, str]] | None = None,
    by: Actor,
    at: datetime,
) -> ProductCare:
    """Set what is given; ``None`` leaves a field, ``""`` empties it.

    :param run_out_days: how many days one piece lasts.
    :param never_runs_out: takes the days away.
    :param translations: language -> ``how_to`` and ``care``; languages not named stay.
    :raises NotFound: there is no such product in this store.
    :raises Invalid: no address of the web, no language, a text too long, days that make no sense.
    """
    texts = {"how_to": how_to, "care": care}
    urls = {
        "page_url": page_url,
        "how_to_video_url": how_to_video_url,
        "how_to_image_url": how_to_image_url,
        "how_to_page_url": how_to_page_url,
    }
    wanted: dict[str, Any] = {
        **{name: tidy_text(text, name) for name, text in texts.items() if text is not None},
        **{name: tidy_url(url, name) for name, url in urls.items() if url is not None},
    }
    if run_out_days is not None:
        wanted["run_out_days"] = check_run_out_days(run_out_days)
    if never_runs_out:
        wanted["run_out_days"] = None
    row = Product.objects.select_for_update(no_key=True).filter(id=product_id).first()
    if row is None:
        raise NotFound("There is no such product.")
    wanted["care_texts"] = _merged(row.care_texts, _tidy(translations or {}))
    changed = _apply(row, wanted, at)
    if changed:
        row.save(update_fields=_FIELDS)
    audit.note(subject=f"product:{row.id}", changes=changed)
    return get_product(product_id)


@action(
    "catalog.import_care",
    permission="templates.edit",
    summary="Write care texts of many products from a CSV file",
)
def import_care(*, text: str, by: Actor, at: datetime) -> CareImport:
    """Set what a file says, product by product; lines that are wrong are told and left out.

    A constant number of queries. See ``rules/care.py`` for the columns.

    :raises Invalid: the file as a whole can't be read.
    """
    read = list(read_care_csv(text))
    problems = [one for one in read if isinstance(one, str)]
    rows = [one for one in read if isinstance(one, CareRow)]
    products = find_products_by_sku(one.sku for one in rows)
    problems += [
        f"Line {one.line}: no product has the sku “{one.sku[:80]}”."
        for one in rows
        if one.sku not in products
    ]
    known = {
        row.id: row
        for row in Product.objects.select_for_update(no_key=True)
        .filter(id__in=set(products.values()))
        .order_by("id")
    }
    touched: dict[UUID, Product] = {}
    for one in rows:
        row = known.get(products.get(one.sku)) if one.sku in products else None  # type: ignore[arg-type]
        if row is not None:
            merged = _merged(row.care_texts, one.translations)
            if _apply(row, {**one.values, "care_texts": merged}, at):
                touched[row.id] = row
    Product.objects.bulk_update(touched.values(), _FIELDS, batch_size=2_000)
    audit.note(subject="products", changes={"care": [None, len(touched)]})
    if len(problems) > _PROBLEMS_SHOWN:
        problems[_PROBLEMS_SHOWN:] = [f"… and {len(problems) - _PROBLEMS_SHOWN} more."]
    return CareImport(len(touched), len(known) - len(touched), tuple(problems))


def _tidy(translations: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    tidy = {}
    for tag, texts in translations.items():
        if unknown := set(texts) - set(TEXTS):
            raise Invalid(
                f"A translation has how_to and care, not “{sorted(unknown)[0][:40]}”.",
                field="translations",
            )
        language = tidy_language(tag, "translations")
        tidy[language] = {
            name: tidy_text(text, f"{name}_{language}") for name, text in texts.items()
        }
    return tidy


def _merged(
    known: Mapping[str, Mapping[str, str]], wanted: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Put texts over those known; a language whose texts are all empty goes."""
    merged = {
        language: {**known.get(language, {}), **wanted.get(language, {})}
        for language in {**known, **wanted}
    }
    kept = {language: texts for language, texts in merged.items() if any(texts.values())}
    if len(kept) > MOST_LANGUAGES:
        raise Invalid(f"Texts can be in {MOST_LANGUAGES} languages.", field="translations")
    return kept


def _apply(row: Product, wanted: Mapping[str, Any], at: datetime) -> dict[str, list[Any]]:
    changed = {
        name: [getattr(row, name), value]
        for name, value in wanted.items()
        if getattr(row, name) != value
    }
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    if changed:
        row.updated_at = at
    return changed
