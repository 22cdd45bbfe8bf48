"""The routes, one module a noun; each declares its path, its policy and its wire types."""

from service.api import audio, docs, model, ops, pages, predict, query, rank, tracks, update, users

ROUTERS = (
    predict.router,
    query.router,
    rank.router,
    update.router,
    tracks.router,
    users.router,
    audio.router,
    model.router,
    ops.router,
    docs.router,
    pages.router,
)
"""Every route of the service, in the order of the description."""
