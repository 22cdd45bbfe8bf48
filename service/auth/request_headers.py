"""The headers of a request, as a mapping."""

from collections.abc import Mapping

Headers = Mapping[bytes, bytes]
"""By name in lower case; of several headers with one name, the last."""
