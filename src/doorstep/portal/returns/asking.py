"""Asking for a return: a checkout in reverse, three steps and a summary, without a login.

Every step judges everything again on the server. What can't come back is shown with the reason; a
refund is never hidden behind other outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import DomainError, Invalid
from doorstep.portal.formats import show_money
from doorstep.portal.orders.limits import too_many
from doorstep.portal.orders.opening import opened_to_act
from doorstep.portal.orders.reading import WholeReading
from doorstep.portal.returns.draft import Draft, DraftLine, read_draft
from doorstep.portal.returns.refusals import refusal_words
from doorstep.portal.returns.words import METHODS, OUTCOMES
from doorstep.portal.storefront import render_page
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.contracts import (
    LabelPayer,
    LineOption,
    MethodKind,
    Outcome,
    OutcomeAmount,
    ReturnKind,
    ReturnOptions,
    VariantChoice,
)

_SWAPS = {Outcome.EXCHANGE, Outcome.EXCHANGE_ANY, Outcome.REPLACEMENT_PART}
_PHOTOS_MOST = 4


@dataclass
class Asking:
    """One request for a return on its way through the steps."""

    request: HttpRequest
    reading: WholeReading
    token: str
    case: returns.ReturnCase
    options: ReturnOptions
    draft: Draft
    errors: dict[str, str] = field(default_factory=dict)  # field → words; "" for the whole

    @property
    def by_id(self) -> dict[UUID, LineOption]:
        """The order's lines as the form offers them."""
        return {option.line_id: option for option in self.options.lines}

    @property
    def actor(self) -> Actor:
        """Who asks: whoever holds the signed link."""
        order = self.reading.order
        return Actor("shopper", str(order.customer_id or order.id), "Shopper")

    def options_of(self, line: DraftLine) -> LineOption:
        """Return what is offered for a chosen line."""
        return self.by_id[line.line_id]

    def reread(self, *, with_goods: bool) -> None:
        """Ask again with the reasons: terms may depend on them."""
        reasons = {line.line_id: line.reason for line in self.draft.chosen}
        self.options = self.case.options(reasons, with_goods=with_goods)


@csrf_exempt  # the signed link is the proof, no cookie is looked at
@require_http_methods(["GET", "HEAD", "POST"])
@opened_to_act
def ask_return(request: HttpRequest, reading: WholeReading, token: str) -> HttpResponse:
    """Lead through a return; the last step sends it."""
    data = request.POST if request.method == "POST" else request.GET
    kind = ReturnKind.WARRANTY if data.get("kind") == ReturnKind.WARRANTY else ReturnKind.VOLUNTARY
    case = returns.ReturnCase(
        reading.whole, reading.store, at=reading.at, kind=kind, locale=reading.language
    )
    options = case.options(with_goods=False)  # the first step does not show them
    asking = Asking(request, reading, token, case, options, read_draft(data, options))
    asking.draft.is_gift = asking.draft.is_gift and options.is_gift
    asking.draft.kind = kind.value
    if request.method != "POST":
        return choose_page(asking)
    step = request.POST.get("step", "")
    if step == "choose" or not _check_lines(asking, is_last=step == "send"):
        return _sent_before(asking, step) or choose_page(asking)
    if step == "terms" or not _check_terms(asking, is_final=step in ("summary", "send")):
        return _sent_before(asking, step) or terms_page(asking)
    if step == "send":
        return _send(asking)
    return summary_page(asking)


def _check_lines(asking: Asking, *, is_last: bool) -> bool:
    """Tell whether something was chosen, each with a reason, and all of it may come back."""
    chosen = asking.draft.chosen
    if not chosen:
        asking.errors[""] = _("Choose at least one thing.")
        return False
    for line in chosen:
        option = asking.options_of(line)
        if not option.eligibility.is_allowed:
            asking.errors[f"q_{line.line_id}"] = option.eligibility.reason
        elif line.quantity > option.eligibility.quantity:
            asking.errors[f"q_{line.line_id}"] = _("At most %(count)s can come back.") % {
                "count": option.eligibility.quantity
            }
        elif option.reasons and asking.case.book.find(line.reason) is None:
            asking.errors[f"r_{line.line_id}"] = _("Choose a reason.")
    if asking.draft.is_gift:
        if "@" not in asking.draft.recipient_email:
            asking.errors["recipient_email"] = _(
                "Enter your e-mail address: your credit goes there."
            )
        if not asking.draft.recipient_name:
            asking.errors["recipient_name"] = _("Enter your name.")
    if asking.errors:
        return False
    asking.reread(with_goods=not is_last)
    for line in chosen:
        eligibility = asking.options_of(line).eligibility
        if not eligibility.is_allowed or eligibility.terms is None:
            asking.errors[f"r_{line.line_id}"] = eligibility.reason
    return not asking.errors


def _check_terms(asking: Asking, *, is_final: bool) -> bool:
    """Keep new pictures, and tell whether outcome, exchange, way back and pictures are chosen."""
    _keep_photos(asking)
    if not is_final:
        return False  # the page is shown for the first time, or again: only pictures can be wrong
    draft = asking.draft
    for line in draft.chosen:
        terms = asking.options_of(line).eligibility.terms
        assert terms is not None  # _reread() saw to it
        wanted = draft.outcome_of(line)
        if wanted not in {offer.outcome.value for offer in terms.offers}:
            asking.errors["outcome"] = _("Choose what you would like instead.")
        elif Outcome(wanted) in _SWAPS and not line.variant:
            asking.errors[f"x_{line.line_id}"] = _("Choose what you would like instead.")
        if terms.needs_photos > len(line.photos):
            words = _("Pictures needed so that we can decide: %(count)s")
            # What is wrong with the picture that was sent says more.
            asking.errors.setdefault(f"f_{line.line_id}", words % {"count": terms.needs_photos})
    if draft.method not in {one.value for one in _methods(asking)}:
        if len(_methods(asking)) == 1:
            draft.method = _methods(asking)[0].value
        else:
            asking.errors["method"] = _("Choose how it comes back.")
    return not asking.errors


def _methods(asking: Asking) -> list[MethodKind]:
    """Return the ways back that all chosen lines offer."""
    terms = [asking.options_of(line).eligibility.terms for line in asking.draft.chosen]
    coming = [one for one in terms if one is not None and not one.keep_item]
    if not coming:
        return [MethodKind.KEEP]
    common = set(coming[0].methods).intersection(*(one.methods for one in coming))
    return [method for method in MethodKind if method in common]


def _keep_photos(asking: Asking) -> None:
    for line in asking.draft.chosen:
        kept = list(line.photos)
        for upload in asking.request.FILES.getlist(f"f_{line.line_id}")[:_PHOTOS_MOST]:
            try:
                kept.append(str(_keep_photo(asking, line, upload)))
            except DomainError as error:
                asking.errors[f"f_{line.line_id}"] = refusal_words(error)
        dropped = set(asking.request.POST.getlist("drop"))
        line.photos = tuple(one for one in kept if one not in dropped)[:6]


def _keep_photo(asking: Asking, line: DraftLine, upload: UploadedFile) -> UUID:
    limit = 10 * 1024 * 1024
    if (upload.size or 0) > limit:
        raise Invalid("The picture is larger than 10 MB.", code="picture_too_large")
    photo = returns.add_photo(
        order_id=asking.reading.order.id,
        line_id=line.line_id,
        data=upload.read(limit + 1),
        by=asking.actor,
        at=asking.reading.at,
    )
    return photo.id


def _send(asking: Asking) -> HttpResponse:
    if wait_seconds := too_many(asking.request, asking.reading, "portal.return"):
        asking.errors[""] = _("That was often. Please wait an hour, or write to us.")
        asking.reread(with_goods=True)
        response = summary_page(asking, status=429)
        response["Retry-After"] = str(wait_seconds)
        return response
    try:
        made = returns.request_return(
            request=asking.draft.request(asking.reading.order.id),
            by=asking.actor,
            at=asking.reading.at,
        )
    except DomainError as error:
        # Sold out, returned in another tab, or the policy changed meanwhile: say so, begin anew.
        asking.errors[""] = refusal_words(error)
        return _sent_before(asking, "send") or choose_page(asking)
    except ValueError:
        asking.errors[""] = _("Please choose again.")
        return _sent_before(asking, "send") or choose_page(asking)
    return _lead_to(asking, made.summary.number)


def _sent_before(asking: Asking, step: str) -> HttpResponse | None:
    """Lead a form that was sent twice to what its first sending made: what it asks for is on its
    way by now, so it can't be asked for again."""
    known = returns.find_asked(asking.reading.order.id, asking.draft.key) if step == "send" else ""
    return _lead_to(asking, known) if known else None


def _lead_to(asking: Asking, number: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:return", args=[asking.token, number]), status=303)


# -- the pages --------------------------------------------------------------------------------------


def choose_page(asking: Asking, status: int | None = None) -> HttpResponse:
    """Render the first step: which things, and why."""
    lines = []
    for option in asking.options.lines:
        chosen = asking.draft.lines.get(option.line_id) or DraftLine(option.line_id)
        until = option.eligibility.terms.until_date if option.eligibility.terms else None
        lines.append(
            {
                "option": option,
                "chosen": chosen,
                "counts": range(option.eligibility.quantity + 1),
                "until": asking.reading.day(until) if until else "",
                "reasons": [_reason(one, asking) for one in option.reasons],
                "error": asking.errors.get(f"q_{option.line_id}", ""),
                "reason_error": asking.errors.get(f"r_{option.line_id}", ""),
            }
        )
    context = {
        "lines": lines,
        "hidden": asking.draft.hidden(
            leave_out=frozenset("qrn") | {"recipient_name", "recipient_email"}
        ),
        "asks_warranty": asking.draft.kind == ReturnKind.VOLUNTARY,
        "policy_url": reverse("portal:returns_policy", args=[asking.reading.store.slug]),
        "withdraw_url": reverse("portal:withdraw", args=[asking.reading.store.slug]),
    }
    return _page(asking, "choose", 1, context, status)


def _reason(reason: Any, asking: Asking) -> dict[str, Any]:
    language = asking.reading.language.split("-")[0]
    words = reason.words.get(language) or reason.words.get("en") or reason.code
    return {
        "code": reason.code,
        "words": words,
        "children": [_reason(one, asking) for one in reason.children],
    }


def terms_page(asking: Asking, status: int | None = None) -> HttpResponse:
    """Render the second step: what instead, how it comes back, pictures where they decide."""
    draft = asking.draft
    amounts, best = _amounts(asking, None), _best_variants(asking)
    offers = [
        _offer(asking, outcome, amount)
        for outcome, amount in amounts.items()
        if outcome is not Outcome.EXCHANGE or _has_variants(asking)
    ]
    context = {
        "offers": offers,
        "is_mixed": not offers or any(line.outcome for line in draft.chosen),
        "lines": [_terms_line(asking, line) for line in draft.chosen],
        "methods": [_method(asking, method) for method in _methods(asking)],
        "anything": _anything(asking, best),
        "hidden": draft.hidden(leave_out=frozenset("ox") | {"outcome", "method"}),
        "picks": _picks(asking, best),
    }
    return _page(asking, "terms", 2, context, status)


def _has_variants(asking: Asking) -> bool:
    """Tell whether each chosen thing comes in another size or color."""
    return all(asking.options_of(line).variants for line in asking.draft.chosen)


def _amounts(asking: Asking, method: MethodKind | None) -> dict[Outcome, OutcomeAmount]:
    draft = asking.draft
    chosen = [draft.asked(line, Outcome.REFUND) for line in draft.chosen]
    return asking.case.amounts(chosen, method=method)


def _offer(asking: Asking, outcome: Outcome, amount: OutcomeAmount) -> dict[str, Any]:
    label, note, icon = OUTCOMES[outcome]
    is_money = amount.total_minor > 0 and not asking.draft.is_gift
    return {
        "value": outcome.value,
        "label": label,
        "note": note,
        "icon": icon,
        "amount": _money(asking, amount.total_minor) if is_money else "",
        "words": _sum_words(asking, amount) if is_money else (),
        "by": asking.reading.day(amount.expected_by) if amount.expected_by else "",
        "is_chosen": asking.draft.outcome == outcome.value,
    }


def _sum_words(asking: Asking, amount: OutcomeAmount) -> list[str]:
    """Say what an amount is made of; nothing where it is just what was paid."""
    if not amount.fee_minor and not amount.bonus_minor:
        return []
    paid = amount.total_minor + amount.fee_minor - amount.bonus_minor
    words = [_("What you paid: %(amount)s") % {"amount": _money(asking, paid)}]
    if amount.fee_minor:
        fee = _money(asking, amount.fee_minor)
        words.append(_("Less a fee of %(amount)s") % {"amount": fee})
    if amount.bonus_minor:
        bonus = _money(asking, amount.bonus_minor)
        words.append(_("Plus a bonus of %(amount)s") % {"amount": bonus})
    return words


def _money(asking: Asking, minor: int) -> str:
    return show_money(minor, asking.options.currency, asking.reading.language)


def _terms_line(asking: Asking, line: DraftLine) -> dict[str, Any]:
    option = asking.options_of(line)
    terms = option.eligibility.terms
    assert terms is not None
    return {
        "option": option,
        "chosen": line,
        "keeps": terms.keep_item,
        "needs_photos": terms.needs_photos,
        "outcomes": [
            (offer.outcome.value, OUTCOMES[offer.outcome][0])
            for offer in terms.offers
            if offer.outcome is not Outcome.EXCHANGE or option.variants
        ],
        "variants": [_variant(asking, one) for one in option.variants],
        "parts": option.parts,
        "error": asking.errors.get(f"x_{line.line_id}", ""),
        "photo_error": asking.errors.get(f"f_{line.line_id}", ""),
    }


def _variant(asking: Asking, choice: VariantChoice) -> dict[str, Any]:
    is_there = choice.available is None or choice.available > 0
    words = choice.title or choice.product_title
    if not is_there:
        words = _("%(thing)s (sold out)") % {"thing": words}
    elif choice.difference_minor and not asking.draft.is_gift:
        amount = _money(asking, abs(choice.difference_minor))
        sign = "+" if choice.difference_minor > 0 else "−"
        words = f"{words} ({sign}{amount})"
    return {"id": choice.variant_id, "words": words, "is_there": is_there}


def _method(asking: Asking, method: MethodKind) -> dict[str, Any]:
    label, note, icon = METHODS[method]
    fees = [
        terms.label_fee_minor
        for line in asking.draft.chosen
        if (terms := asking.options_of(line).eligibility.terms) is not None
        and terms.label_payer is LabelPayer.SHOPPER
    ]
    costs = (
        max(fees, default=0)
        if method in (MethodKind.QR_DROP_OFF, MethodKind.LABEL, MethodKind.PICK_UP)
        else 0
    )
    cost = (
        _("%(amount)s, taken off what goes back") % {"amount": _money(asking, costs)}
        if costs
        else _("free")
    )
    return {
        "value": method.value,
        "label": label,
        "note": note,
        "icon": icon,
        "cost": "" if method is MethodKind.OWN_LABEL else cost,
        "is_chosen": asking.draft.method == method.value,
    }


def _anything(asking: Asking, best: list[VariantInfo]) -> list[dict[str, Any]]:
    """Return what "something else" can be: the shop's best-sellers that have a price."""
    offered = {
        offer.outcome
        for line in asking.draft.chosen
        if (terms := asking.options_of(line).eligibility.terms) is not None
        for offer in terms.offers
    }
    if Outcome.EXCHANGE_ANY not in offered:
        return []
    found = returns.find_exchanges(asking.reading.order.id, [one.id for one in best])
    return [
        {
            "id": one.variant_id,
            "words": " · ".join(filter(None, (one.product_title, one.title))),
            "price": _money(asking, one.price_minor or 0),
            "is_there": one.available is None or one.available > 0,
        }
        for one in found
    ]


def _best_variants(asking: Asking) -> list[VariantInfo]:
    products = orders.list_best_sellers(
        since=asking.reading.at - timedelta(days=180), until=asking.reading.at, limit=12
    )
    by_product = catalog.list_variants_of(products) if products else {}
    return [variant for product in products for variant in by_product.get(product, ())][:40]


def _picks(asking: Asking, best: list[VariantInfo]) -> list[dict[str, str]]:
    """Return things that others bought most, under the form."""
    seen: dict[UUID, dict[str, str]] = {}
    owned = {line.variant_id for line in asking.reading.order.lines}
    for variant in best:
        if variant.id not in owned and variant.product_id not in seen and variant.image_url:
            seen[variant.product_id] = {
                "title": variant.product_title,
                "image_url": variant.image_url,
            }
    return list(seen.values())[:4]


def summary_page(asking: Asking, status: int | None = None) -> HttpResponse:
    """Render the last step: everything on one page, each part with a way back to it."""
    draft = asking.draft
    by_outcome: dict[str, list[DraftLine]] = {}
    for line in draft.chosen:
        by_outcome.setdefault(draft.outcome_of(line), []).append(line)
    groups = []
    for outcome, lines in by_outcome.items():
        only = replace(draft, lines={line.line_id: line for line in lines})
        part = replace_draft(asking, only)
        amounts = _amounts(part, MethodKind(draft.method))
        label, note, _icon = OUTCOMES[Outcome(outcome)]
        amount = amounts.get(Outcome(outcome))
        groups.append(
            {
                "label": label,
                "note": note,
                "lines": [_summary_line(asking, line) for line in lines],
                "offer": _offer(asking, Outcome(outcome), amount) if amount else None,
            }
        )
    context = {
        "groups": groups,
        "method": _method(asking, MethodKind(draft.method)),
        "hidden": draft.hidden(leave_out=frozenset()),
        "email": draft.recipient_email or asking.reading.order.email_masked,
    }
    return _page(asking, "summary", 3, context, status)


def replace_draft(asking: Asking, draft: Draft) -> Asking:
    """Return the same request with another draft, for a part of it."""
    return replace(asking, draft=draft, errors={})


def _summary_line(asking: Asking, line: DraftLine) -> dict[str, Any]:
    option = asking.options_of(line)
    reason = asking.case.book.find(line.reason)
    language = asking.reading.language.split("-")[0]
    words = (reason.words.get(language) or reason.words.get("en", "")) if reason else ""
    swap = next((one for one in option.variants if str(one.variant_id) == line.variant), None)
    part = next((one for one in option.parts if str(one.variant_id) == line.variant), None)
    instead = swap.title if swap else part.name if part else ""
    if not instead and line.variant:
        found = catalog.get_variants([v for v in [draft_variant(line)] if v])
        instead = " · ".join(
            filter(
                None,
                (
                    one.product_title + (f" {one.title}" if one.title else "")
                    for one in found.values()
                ),
            )
        )
    return {
        "option": option,
        "quantity": line.quantity,
        "reason": words,
        "note": line.note,
        "photos": len(line.photos),
        "instead": instead,
    }


def draft_variant(line: DraftLine) -> UUID | None:
    """Return the thing chosen instead, None when what was sent is no id."""
    try:
        return UUID(line.variant)
    except ValueError:
        return None


def _page(
    asking: Asking, step: str, nth: int, context: dict[str, Any], status: int | None
) -> HttpResponse:
    names = [_("What and why"), _("What instead"), _("Check and send")]
    context |= {
        "steps": [
            {"name": name, "state": "done" if n < nth else "now" if n == nth else "next"}
            for n, name in enumerate(names, start=1)
        ],
        "error": asking.errors.get("", ""),
        "errors": asking.errors,
        "draft": asking.draft,
        "options": asking.options,
        "number": asking.reading.order.number,
        "back_url": reverse("portal:order", args=[asking.token]),
        "here": reverse("portal:return_ask", args=[asking.token]),
    }
    code = status or (422 if asking.errors else 200)
    return render_page(
        asking.request, f"portal/returns/{step}.html", asking.reading.store, context, status=code
    )
