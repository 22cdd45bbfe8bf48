"""The HTTP routes, one package for each noun.

A package holds ``routes.py`` (path, policy), ``schemas.py`` (wire types and their examples) and
the use cases, which take domain objects and return them.
"""

from service.api import docs, pages
from service.api.model import routes as model
from service.api.ops import routes as ops
from service.api.predict import routes as predict
from service.api.query import routes as query
from service.api.rank import routes as rank
from service.api.tracks import audio
from service.api.tracks import routes as tracks
from service.api.update import routes as update
from service.api.users import routes as users

CALLS = (
    predict.router,
    query.router,
    rank.router,
    update.router,
    tracks.router,
    users.router,
    audio.router,
    model.router,
    ops.router,
)
"""The calls of the contract, in the order of the OpenAPI document."""
PAGES = (docs.router, pages.router)
"""Web pages and their files, which read their own query strings."""
ROUTERS = (*CALLS, *PAGES)
"""All routes of the service."""
