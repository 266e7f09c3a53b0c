"""A made-up year of usage: pure, and the same for the same organization and last day.

``cast`` and ``people`` say who there is, ``catalogue`` on what, ``story`` when, ``chats``, ``voice`` and
``services`` what they do; ``generator`` puts it together.
"""
