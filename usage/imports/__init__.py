"""Usage files of others: from bytes to rows, from rows to events, or to a sentence that says why not. Pure."""
