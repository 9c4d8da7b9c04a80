"""A room is entered by its door: functions, values and facts; ports are for connectors."""

from __future__ import annotations

import grimp

DOORS = {"api", "contracts", "contexts", "events", "ports"}


def test_rooms_are_entered_by_their_doors_only() -> None:
    graph = grimp.build_graph("doorstep", exclude_type_checking_imports=True)
    wrong = []
    for importer in sorted(graph.modules):
        if ".tests" in importer or ".migrations" in importer:
            continue  # tests look inside; migrations name tables
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            parts = imported.split(".")
            if parts[:2] != ["doorstep", "rooms"] or len(parts) < 4:
                continue
            inside = importer.split(".")[:3] == parts[:3]
            if not inside and parts[3] not in DOORS:
                wrong.append(f"{importer} imports {imported}")
    assert not wrong, "\n".join(["Enter a room by its door:", *wrong])


def test_the_kernel_knows_no_shop_words() -> None:
    graph = grimp.build_graph("doorstep", exclude_type_checking_imports=True)
    above = {
        f"{importer} imports {imported}"
        for importer in graph.find_descendants("doorstep.kernel")
        if ".tests" not in importer
        for imported in graph.find_modules_directly_imported_by(importer)
        if not imported.startswith("doorstep.kernel")
    }
    assert not above
