from django.apps import AppConfig


class YardstickConfig(AppConfig):
    name = "benchmarks.drf_yardstick"
    label = "drf_yardstick"
