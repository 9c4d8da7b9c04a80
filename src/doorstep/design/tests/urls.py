"""The style guide alone, for its browser tests."""

from django.urls import include, path

urlpatterns = [path("design/", include("doorstep.design.urls"))]
