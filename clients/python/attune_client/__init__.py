"""Client of Attune: what a piece of music feels like to one listener, and what to ask next."""

from attune_client.awaiting import AsyncAttuneClient
from attune_client.blocking import AttuneClient
from attune_client.errors import (
    AttuneError,
    Conflict,
    FieldError,
    NotFound,
    ProblemError,
    RateLimited,
    Refused,
    ServerError,
    TransportError,
    UnexpectedReplyError,
)
from attune_client.labels import Label
from attune_client.predictions import (
    Distribution,
    Estimate,
    ItemError,
    LikelySet,
    ModelVersion,
    Part,
    Personal,
    Prediction,
    Quadrant,
    Segment,
    Why,
)
from attune_client.replies import (
    LabelEvent,
    Model,
    Query,
    QueryReply,
    RankedTrack,
    RankReply,
    Track,
    UpdateReply,
    User,
)
from attune_client.retry import ONCE, PATIENT, RetryPolicy
from attune_client.upload import Audio
from attune_client.version import __version__

__all__ = [
    "ONCE",
    "PATIENT",
    "AsyncAttuneClient",
    "AttuneClient",
    "AttuneError",
    "Audio",
    "Conflict",
    "Distribution",
    "Estimate",
    "FieldError",
    "ItemError",
    "Label",
    "LabelEvent",
    "LikelySet",
    "Model",
    "ModelVersion",
    "NotFound",
    "Part",
    "Personal",
    "Prediction",
    "ProblemError",
    "Quadrant",
    "Query",
    "QueryReply",
    "RankReply",
    "RankedTrack",
    "RateLimited",
    "Refused",
    "RetryPolicy",
    "Segment",
    "ServerError",
    "Track",
    "TransportError",
    "UnexpectedReplyError",
    "UpdateReply",
    "User",
    "Why",
    "__version__",
]
