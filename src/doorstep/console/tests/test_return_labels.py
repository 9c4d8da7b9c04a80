"""Setting return labels up, and giving a return another one, as people do it on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dev.fakes.easypost_api import API_KEY, PDF, Fake, easypost_api
from doorstep.connectors.base import api as connections
from doorstep.connectors.carriers.labels.connecting import label_settings
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.contracts import LabelState, MethodKind, Outcome, ReturnState
from doorstep.rooms.returns.flow.label_calls import ask_due
from doorstep.rooms.returns.models import ReturnLabel
from doorstep.rooms.returns.tests.flow_cast import asked, bought, inspected, received
from doorstep.rooms.returns.tests.policy_cast import INES
from doorstep.rooms.returns.tests.test_flow_claims import (
    claim,
    kettle_with_parts,
    kettles,
    warranty,
)
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
BASE = "/console/fern-and-kettle"
FORM = {
    "api_key": API_KEY, "name": "Fern & Kettle", "street1": "Kastanienallee 1", "city": "Berlin",
    "zip": "10435", "country": "de", "phone": "+49 30 123", "weight_grams": "900",
    "length_cm": "30", "width_cm": "20", "height_cm": "10",
}  # fmt: skip


@pytest.fixture
def easypost(settings: Any) -> Iterator[Fake]:
    """An EasyPost of our own."""
    with easypost_api() as fake:
        settings.DOORSTEP_EASYPOST_URL = fake.url
        settings.DOORSTEP_OUTBOUND_ALLOW = [fake.url.removeprefix("http://")]
        yield fake


@pytest.fixture
def ines(store: StoreInfo) -> Client:
    """The owner, signed in."""
    stores.add_member(email="ines@fern.example", name="Ines", role="owner", by=INES, at=now())
    client = Client()
    client.force_login(get_user_model().objects.get(email="ines@fern.example"))
    return client


@pytest.fixture
def account(store: StoreInfo) -> UUID:
    """The store's EasyPost connection, as it is made for news of parcels."""
    return connections.connect_shop(
        kind="easypost", name="EasyPost", secret="s" * 20, by=INES, at=now()
    ).id


def work_off_labels() -> None:
    """Do what the worker does."""
    while ask_due(now()):
        pass


def test_an_account_is_set_up_and_its_key_stays_hidden(
    ines: Client, store: StoreInfo, account: UUID
) -> None:
    url = f"{BASE}/settings/connections/{account}/labels/"
    assert url in ines.get(f"{BASE}/settings/connections/{account}/").content.decode()
    assert ines.get(url).status_code == 200
    refused = ines.post(url, FORM | {"country": "XX"})
    assert refused.status_code == 422
    assert "two letters" in refused.content.decode()
    assert ines.post(url, FORM | {"api_key": ""}).status_code == 422
    assert ines.post(url, FORM).status_code == 302
    shown = ines.get(url).content.decode()
    assert API_KEY not in shown
    assert "Kastanienallee 1" in shown
    assert ines.post(url, FORM | {"api_key": "", "city": "Potsdam"}).status_code == 302
    with store_scope(store.id):
        found = label_settings(account)
        assert found is not None
        assert (found.city, found.country) == ("Potsdam", "DE")
        assert (connections.find_credentials("easypost") or {})["api_key"] == API_KEY


def test_parts_are_listed_and_repairs_sent_home(ines: Client, store: StoreInfo) -> None:
    ids = kettle_with_parts()
    url = f"{BASE}/policy/parts/"
    wrong = ines.post(url, {"product_sku": "K-1", "variant_sku": "NONE", "name": "Cup"})
    assert (wrong.status_code, b"No thing of your catalog" in wrong.content) == (422, True)
    own = ines.post(url, {"product_sku": "K-1", "variant_sku": "K-1", "name": "Kettle"})
    assert (own.status_code, b"no part of itself" in own.content) == (422, True)
    assert (
        ines.post(url, {"product_sku": "K-1", "variant_sku": "CUP", "name": "Cup"}).status_code
        == 302
    )
    shown = ines.get(url).content.decode()
    assert "CUP" in shown
    assert "Lid" in shown
    for part in returns.list_parts():
        ines.post(f"{url}{part.id}/end/")
    assert not returns.list_parts()

    warranty(Outcome.REPAIR)
    view = inspected(received(claim(kettles(ids), Outcome.REPAIR), "K-1"))
    page = f"{BASE}/returns/{view.summary.id}/"
    assert "It is mended: send it back" in ines.get(page).content.decode()
    ines.post(f"{page}repair/", {"tracking_number": "00340434"})
    assert returns.get_return(view.summary.id, at=now()).summary.state is ReturnState.CLOSED


def test_a_label_that_failed_is_asked_for_again_or_put_in(
    ines: Client, account: UUID, easypost: Fake
) -> None:
    ines.post(f"{BASE}/settings/connections/{account}/labels/", FORM)
    easypost.rates = ()
    view = asked(bought(), method=MethodKind.LABEL)
    work_off_labels()
    page = f"{BASE}/returns/{view.summary.id}/"
    shown = ines.get(page).content.decode()
    assert "No carrier would take this parcel." in shown
    assert "Ask for the label again" in shown
    waiting = ines.get(f"{BASE}/returns/?needs=label").content.decode()
    assert view.summary.number in waiting
    assert "Without a label" in ines.get(f"{BASE}/returns/").content.decode()
    easypost.rates = (("DHL", "Paket", "5.49"),)
    ines.post(f"{page}label/", {"do": "again"})
    work_off_labels()
    assert returns.get_return(view.summary.id, at=now()).label.state is LabelState.READY

    for bad, words in (
        ({}, "Choose the label"),
        ({"document": SimpleUploadedFile("x.pdf", b"MZ\x90 not one")}, "PDF, PNG or JPEG"),
        ({"document": SimpleUploadedFile("x.pdf", b"%PDF-" + b"0" * 5_300_000)}, "at most 5 MB"),
        ({"tracking_number": "1"}, "Enter the number"),
    ):
        answer = ines.post(f"{page}label/", bad, follow=True)
        assert words in answer.content.decode()
    assert ReturnLabel.objects.filter(provider="by_hand").count() == 0

    file = SimpleUploadedFile("label.pdf", PDF, content_type="application/pdf")
    given = {"document": file, "tracking_number": "JJD 0003 9000", "carrier": "DHL"}
    ines.post(f"{page}label/", given)
    label = returns.get_return(view.summary.id, at=now()).label
    assert (label.provider, label.state, label.carrier) == ("by_hand", LabelState.READY, "DHL")
    assert returns.get_label_file(label.id).data == PDF
    work_off_labels()
    assert "Without a label" not in ines.get(f"{BASE}/returns/").content.decode()
    [shipment] = [one for one in easypost.shipments.values() if one["postage_label"]]
    assert shipment["refund_status"] == "submitted"
    assert returns.find_by_scan("JJD00039000") == view.summary.id
