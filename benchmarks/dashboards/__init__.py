"""How fast people's pages and the API's panels answer; see ``benchmarks.dashboards.__main__``."""
