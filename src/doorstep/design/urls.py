"""Address of the style guide."""

from django.urls import path

from doorstep.design.views import show_style_guide

app_name = "design"
urlpatterns = [path("", show_style_guide, name="style_guide")]
