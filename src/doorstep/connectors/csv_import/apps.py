"""Orders from files."""

from importlib import import_module

from django.apps import AppConfig


class CsvImportConfig(AppConfig):
    """The file import: runs, their problems, and the job that works an upload off."""

    name = "doorstep.connectors.csv_import"
    label = "csv_import"

    def ready(self) -> None:
        """Register the actions and the job of this app."""
        import_module("doorstep.connectors.csv_import.actions")
        import_module("doorstep.connectors.csv_import.jobs")
