"""Reads panels: one module per panel, all of them over ``reader``; ``registry`` says which there are."""
