"""The product as it is served, as of a given moment, with an endpoint that only signs in and a count of queries."""
