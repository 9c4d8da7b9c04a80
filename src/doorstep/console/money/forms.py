"""The forms of an order's money and of approvals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from doorstep.kernel import money
from doorstep.kernel.actions import permissions
from doorstep.kernel.actions.catalog import all_actions
from doorstep.kernel.errors import DomainError
from doorstep.kernel.ids import new_id
from doorstep.rooms.billing.contracts import GiveBackLine, OrderMoney, PayBack


class AmountField(forms.DecimalField):
    """An amount as people write it, turned into minor units of a currency."""

    def __init__(self, currency: str, **options: Any) -> None:
        super().__init__(min_value=Decimal(0), max_digits=14, decimal_places=3, **options)
        self.currency = currency
        self.widget.attrs["inputmode"] = "decimal"

    def clean(self, value: Any) -> Any:
        """Return minor units, 0 where nothing was typed."""
        amount = super().clean(value)
        if amount is None:
            return 0
        try:
            return money.to_minor(amount, self.currency)
        except DomainError as error:
            raise ValidationError(error.message) from None


class GiveBackForm(forms.Form):
    """What goes back of an order: pieces, shipping, goodwill; where to."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, data: Any, *, order_money: OrderMoney) -> None:
        super().__init__(data, initial={"key": str(new_id())})
        self.order_money = order_money
        currency = order_money.currency
        self.line_fields: list[tuple[UUID, str]] = []
        for line in order_money.lines:
            left = line.quantity - line.back_quantity
            if left <= 0:
                continue
            name = f"line_{line.line_id}"
            self.fields[name] = forms.TypedChoiceField(
                label=line.title,
                coerce=int,
                empty_value=None,
                required=False,
                choices=[(n, str(n) if n else _now("none")) for n in range(left + 1)],
            )
            self.line_fields.append((line.line_id, name))
        if order_money.shipping_left_minor:
            self.fields["shipping"] = AmountField(
                currency,
                label=_("Shipping"),
                required=False,
                help_text=_now("Up to %(amount)s.")
                % {"amount": money.format_money(order_money.shipping_left_minor, currency, "en")},
            )
        self.fields["amount"] = AmountField(
            currency, label=_("Goodwill, beyond that"), required=False
        )
        self.fields["fee"] = AmountField(currency, label=_("Kept as a fee"), required=False)
        choices = [(PayBack.SOURCE.value, _("To what it was paid with"))]
        if order_money.customer_id is not None:
            choices.append((PayBack.STORE_CREDIT.value, _("As store credit")))
            self.fields["bonus"] = AmountField(
                currency, label=_("Bonus on top of store credit"), required=False
            )
        self.fields["how"] = forms.ChoiceField(
            label=_("Where to"), choices=choices, widget=forms.RadioSelect, initial=choices[0][0]
        )
        self.fields["reason"] = forms.CharField(
            label=_("Why"), max_length=300, help_text=_("Stands in the books and the audit trail.")
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a bonus for a refund."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("bonus") and given.get("how") != PayBack.STORE_CREDIT:
            self.add_error("bonus", _now("A bonus goes on top of store credit only."))
        return given

    def arguments(self) -> dict[str, Any]:
        """Return what the actions take."""
        given = self.cleaned_data
        return {
            "key": given["key"],
            "lines": [
                GiveBackLine(line_id, given[name])
                for line_id, name in self.line_fields
                if given.get(name)
            ],
            "shipping_minor": given.get("shipping", 0),
            "amount_minor": given["amount"],
            "fee_minor": given["fee"],
            "reason": given["reason"],
        }


class LimitForm(forms.Form):
    """How much a role may move alone."""

    action = forms.ChoiceField(label=_("What"))
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, data: Any = None, *, currency: str) -> None:
        super().__init__(data)
        self.fields["action"].choices = [  # type: ignore[attr-defined]
            (one.name, one.summary)
            for one in all_actions()
            if one.amount is not None and not one.limited_as
        ]
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role, role.capitalize()) for role in permissions.ROLES if role != permissions.OWNER
        ]
        self.fields["amount"] = AmountField(
            currency,
            label=_("Alone up to"),
            required=False,
            help_text=_("Above it somebody else has to approve. 0: always."),
        )
        self.fields["unlimited"] = forms.BooleanField(label=_("Without limit"), required=False)


class DecisionForm(forms.Form):
    """Approving or declining what somebody asked for."""

    decision = forms.ChoiceField(choices=[("approve", "approve"), ("decline", "decline")])
    words = forms.CharField(label=_("A word to them"), required=False, max_length=500)
