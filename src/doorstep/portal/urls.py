"""Addresses of the shoppers' pages."""

from django.urls import path

from doorstep.portal.messages.views import choose_preferences
from doorstep.portal.orders.lookup import look_up_order
from doorstep.portal.orders.views import show_order
from doorstep.portal.stores.views import show_logo

app_name = "portal"
urlpatterns = [
    path("o/<str:token>", show_order, name="order"),
    path("lookup", look_up_order, name="lookup"),
    path("preferences/<str:token>", choose_preferences, name="preferences"),
    path("s/<slug:slug>/lookup", look_up_order, name="store_lookup"),
    path("s/<slug:slug>/logo", show_logo, name="logo"),
]
