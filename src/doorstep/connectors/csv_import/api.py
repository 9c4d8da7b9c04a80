"""The door of the file import for console, API and command line."""

from doorstep.connectors.csv_import.actions import start_import
from doorstep.connectors.csv_import.contracts import ImportReport, RowProblem
from doorstep.connectors.csv_import.queries import get_import, list_imports, write_problems
from doorstep.connectors.csv_import.running import import_file

__all__ = [
    "ImportReport",
    "RowProblem",
    "get_import",
    "import_file",
    "list_imports",
    "start_import",
    "write_problems",
]
