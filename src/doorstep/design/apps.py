"""The design system as a Django app: styles, icons, components and the style guide."""

from django.apps import AppConfig


class DesignConfig(AppConfig):
    """Give portal and console one look."""

    name = "doorstep.design"
    label = "design"
