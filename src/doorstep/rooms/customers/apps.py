from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "doorstep.rooms.customers"
    label = "customers"
