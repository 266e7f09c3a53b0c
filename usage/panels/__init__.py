"""What panels are asked and what they answer. Pure: the reading is done in ``usage.queries.panels``."""
