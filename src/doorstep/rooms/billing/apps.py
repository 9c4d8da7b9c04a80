from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "doorstep.rooms.billing"
    label = "billing"
