"""Ids of tracks, users and events: which texts the service accepts."""

import re

MAX_ID = 256
"""Characters of the longest id."""
ID_CHARACTERS = ("[A-Za-z0-9_-]", "[A-Za-z0-9._:@+|=~-]")
"""Patterns of an id's first character and of each further one: ids of identity providers too."""
ID_RULE = "letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`"
TRACK_ID = re.compile("{}{}{{0,{}}}".format(*ID_CHARACTERS, MAX_ID - 1))
"""A whole id."""
