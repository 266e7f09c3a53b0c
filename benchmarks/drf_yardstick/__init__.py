"""What most people would write: usage records behind a plain Django REST framework endpoint."""
