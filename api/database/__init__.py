"""Django's database backends, and what the server has to know of each connection beyond them.

`outcome`: what became of a change. `pooler`: whether the sessions of the
database are this connection's alone.
"""
