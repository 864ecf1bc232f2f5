"""The `ratings` app: ratings, results and agreement."""

from django.apps import AppConfig


class RatingsConfig(AppConfig):
    """Ratings by people and autousers, results and agreement."""

    name = "ratings"
    verbose_name = "Ratings"
