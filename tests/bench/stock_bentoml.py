"""A BentoML service as it comes, with one API that does nothing."""

import bentoml
from pydantic import BaseModel


class Nothing(BaseModel):
    """An empty object."""


@bentoml.service(name="stock")
class Stock:
    """Answers and computes nothing; all settings are BentoML's defaults."""

    @bentoml.api(route="/empty")
    def empty(self, body: Nothing, /) -> Nothing:
        """Do nothing."""
        return body
