"""A start that is killed while it makes the demo shop leaves nothing half-made."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from dev.testing.servers import database_url
from doorstep.cli.main import main
from doorstep.demo import api as demo
from doorstep.demo.orders import SCENES
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter
from doorstep.rooms.stores import api as stores

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_the_next_start_makes_the_whole_shop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(demo, "SCENES", (*SCENES[:3], None))  # ends in the middle of it
        with pytest.raises(AttributeError):
            demo.seed_demo(at=AT)
    assert demo.is_empty()
    seed = ["seed", "--data", str(tmp_path)]
    result = CliRunner().invoke(main, seed, env={"DATABASE_URL": database_url()})
    assert result.exit_code == 0, result.output
    [store] = stores.list_stores()
    with store_scope(store.id):
        assert orders.list_orders(OrderFilter(search="1042")).items
