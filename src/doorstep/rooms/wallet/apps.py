from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "doorstep.rooms.wallet"
    label = "wallet"
