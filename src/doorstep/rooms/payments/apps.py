from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "doorstep.rooms.payments"
    label = "payments"
