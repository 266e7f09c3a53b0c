"""Endpoints that answer what panels show: the same queries, parameters and rights."""
