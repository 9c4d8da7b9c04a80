"""Operations on customers."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.customers import (
    CustomerDetail,
    CustomerExport,
    CustomerQuery,
    CustomersPage,
    MergeIn,
    ProfileIn,
)
from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import (
    Birthday,
    CustomerInfo,
    HolidayChoice,
    MergeInfo,
)

router = Router(tags=["Customers"])


@serve(router, "GET", "/customers", scope="customers.view", answers={200: CustomersPage})
def list_customers(request: HttpRequest, filters: Query[CustomerQuery]) -> CustomersPage:
    """Search customers.

    Last seen first; who was merged into another or erased is left out.
    """
    page = customers.search_customers(
        filters.search,
        tag=filters.tag,
        cursor=unseal("customers", filters.cursor),
        limit=filters.limit,
    )
    next_cursor = seal("customers", page.next_cursor)
    return CustomersPage(items=list(page.customers), next_cursor=next_cursor)


@serve(
    router,
    "GET",
    "/customers/{customer_id}",
    scope="customers.view",
    answers={200: CustomerDetail},
)
def get_customer(request: HttpRequest, customer_id: UUID) -> CustomerDetail:
    """Return a customer.

    `merged_into` says where somebody who was merged went.
    """
    return CustomerDetail(
        customer=customers.get_customer(customer_id),
        identities=customers.list_identities(customer_id),
        merges=customers.list_merges(customer_id),
    )


@serve(router, "GET", "/holidays", scope="customers.view", answers={200: list[HolidayChoice]})
def list_holidays(request: HttpRequest) -> list[HolidayChoice]:
    """List holidays.

    Those a person can have as their favorite, in the order of the year, with their English names.
    """
    return customers.list_holidays()


@serve(
    router,
    "PUT",
    "/customers/{customer_id}/profile",
    scope="customers.merge",
    answers={200: CustomerInfo},
)
def set_profile(request: HttpRequest, customer_id: UUID, payload: ProfileIn) -> CustomerInfo:
    """Write down a profile.

    What a person told about themselves: birthday, favorites, interests, sizes. What is left out
    stays as it is.
    """
    given = payload.model_dump(exclude={"birthday"})
    born = payload.birthday
    birthday = Birthday(born.day, born.month, born.year) if born else None
    return customers.set_preferences(
        customer_id=customer_id, birthday=birthday, by=caller(request), at=now(), **given
    )


@serve(
    router,
    "POST",
    "/customers/{customer_id}/merges",
    scope="customers.merge",
    answers={201: MergeInfo},
)
def merge_customers(request: HttpRequest, customer_id: UUID, payload: MergeIn) -> Status[MergeInfo]:
    """Make two customers one.

    The customer addressed stays; orders, messages and identities of the other become its own.
    """
    merge = customers.merge_customers(
        survivor_id=customer_id, absorbed_id=payload.absorbed_id, by=caller(request), at=now()
    )
    return Status(201, merge)


@serve(
    router,
    "DELETE",
    "/customers/{customer_id}/merges/{merge_id}",
    scope="customers.merge",
    answers={200: MergeInfo},
)
def undo_merge(request: HttpRequest, customer_id: UUID, merge_id: UUID) -> MergeInfo:
    """Take a merge back.

    Exactly what the merge moved goes back; what came since stays where it is.
    """
    if merge_id not in {merge.id for merge in customers.list_merges(customer_id)}:
        raise NotFound("This customer has no such merge.")
    return customers.undo_merge(merge_id=merge_id, by=caller(request), at=now())


@serve(
    router,
    "GET",
    "/customers/{customer_id}/export",
    scope="customers.merge",
    answers={200: CustomerExport},
)
def export_customer(request: HttpRequest, customer_id: UUID) -> CustomerExport:
    """Export a person.

    Everything that is kept, for a request of access or portability (GDPR art. 15 and 20, CCPA). Whoever was merged into
    the person is included.
    """
    known = customers.export_customer(customer_id=customer_id, by=caller(request), at=now())
    person = {"customers": known.pop("customers"), "identities": known.pop("identities")}
    return CustomerExport(person=person, **known)


@serve(router, "DELETE", "/customers/{customer_id}", scope="settings.edit", answers={204: None})
def erase_customer(request: HttpRequest, customer_id: UUID) -> Status[None]:
    """Erase a person.

    Can't be undone. Name, addresses and messages are emptied everywhere; the sums of orders stay
    under the bare id, as the law on bookkeeping demands.
    """
    customers.erase_customer(customer_id=customer_id, by=caller(request), at=now())
    return Status(204, None)
