"""Drop-in replacements of the two programs that Owncast's author tools start.

They take what they run plugins on as an argument, because a dialect does not know the host that is
composed of it; ``jackfield.cli.owncast_tools`` puts both together.
Source: owncast spec 6.3, 6.4 and 11.
"""
