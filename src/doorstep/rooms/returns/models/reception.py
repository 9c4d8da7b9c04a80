"""What came back, piece by piece: received, inspected and disposed of, each for itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.returns.contracts import Disposition, Mismatch, PieceCondition, PieceOrigin
from doorstep.rooms.returns.models.authorization import ReturnAuthorization, ReturnLine
from doorstep.rooms.returns.models.columns import one_of, pair


class Reception(StoreModel):
    """One opened parcel. Several may bring one return back."""

    authorization = models.ForeignKey(
        ReturnAuthorization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key = models.TextField()  # of the scanner's form: sent twice it is one reception
    location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    note = models.TextField(default="")
    is_final = models.BooleanField(default=False)  # nothing more is expected
    received_at = models.DateTimeField()
    received_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authorization", "key"], name="reception_once"),
        ]


class ReturnedPiece(StoreModel):
    """One piece on the table. Received says that it is there; accepted, that it counts."""

    authorization = models.ForeignKey(
        ReturnAuthorization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reception = models.ForeignKey(
        Reception, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.ForeignKey(
        ReturnLine, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    position = models.PositiveIntegerField()
    title = models.TextField()
    code = models.TextField(default="")
    origin = models.TextField()
    note = models.TextField(default="")
    received_at = models.DateTimeField()
    received_by = models.TextField()
    condition = models.TextField(default="")
    is_accepted = models.BooleanField(null=True)
    mismatch = models.TextField(default="")
    inspected_at = models.DateTimeField(null=True)
    inspected_by = models.TextField(default="")
    disposition = models.TextField(default="")
    location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    disposed_at = models.DateTimeField(null=True)
    disposed_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authorization", "position"], name="piece_position"),
            models.CheckConstraint(condition=one_of("origin", PieceOrigin), name="piece_origin"),
            models.CheckConstraint(
                condition=one_of("condition", PieceCondition, or_empty=True), name="piece_condition"
            ),
            models.CheckConstraint(condition=one_of("mismatch", Mismatch), name="piece_mismatch"),
            models.CheckConstraint(
                condition=one_of("disposition", Disposition, or_empty=True),
                name="piece_disposition",
            ),
            models.CheckConstraint(condition=pair("inspected"), name="piece_inspected_at_by"),
            models.CheckConstraint(condition=pair("disposed"), name="piece_disposed_at_by"),
            models.CheckConstraint(
                condition=Q(inspected_at__isnull=True, is_accepted__isnull=True, condition="")
                | Q(inspected_at__isnull=False, is_accepted__isnull=False) & ~Q(condition=""),
                name="piece_inspected_fits",
            ),
            models.CheckConstraint(
                condition=Q(disposed_at__isnull=True, disposition="")
                | Q(disposed_at__isnull=False, inspected_at__isnull=False) & ~Q(disposition=""),
                name="piece_disposed_fits",
            ),
            # Of no line of this return it can't count as one of its pieces.
            models.CheckConstraint(
                condition=Q(origin=PieceOrigin.UNEXPECTED, line__isnull=True)
                & (Q(is_accepted__isnull=True) | Q(is_accepted=False))
                | ~Q(origin=PieceOrigin.UNEXPECTED) & Q(line__isnull=False),
                name="piece_of_line",
            ),
        ]
        indexes = [
            models.Index(
                fields=["authorization"],
                name="piece_to_dispose",
                condition=Q(disposed_at__isnull=True),
            ),
        ]
