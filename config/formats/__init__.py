"""How Django writes dates where nobody says how: the lists and forms of the admin."""
