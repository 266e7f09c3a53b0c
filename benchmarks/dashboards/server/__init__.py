"""The product as it is served, with one more endpoint that only signs the asker in, and a count of queries."""
