"""What the use cases speak of, and the seams behind which it is kept.

Values are frozen. Times are timezone-aware, in UTC.
"""

from service.ports.labels import (
    NOTHING_FORETOLD,
    UNTOLD,
    Appended,
    Circumstances,
    DatedLabel,
    Emotion,
    Forecast,
    Label,
    LabelEvent,
    LabelLog,
    QuadrantCounts,
    RepeatableCall,
    VoteChanges,
)
from service.ports.listeners import Listener, ModelKey, PersonalModelStore
from service.ports.notices import Clock, Notices, Topic
from service.ports.tracks import (
    Believer,
    Catalogue,
    Changes,
    Content,
    Extractor,
    Heading,
    Recordings,
    SketchedTracks,
    Sketches,
    TrackRecord,
)

__all__ = [
    "NOTHING_FORETOLD",
    "UNTOLD",
    "Appended",
    "Believer",
    "Catalogue",
    "Changes",
    "Circumstances",
    "Clock",
    "Content",
    "DatedLabel",
    "Emotion",
    "Extractor",
    "Forecast",
    "Heading",
    "Label",
    "LabelEvent",
    "LabelLog",
    "Listener",
    "ModelKey",
    "Notices",
    "PersonalModelStore",
    "QuadrantCounts",
    "Recordings",
    "RepeatableCall",
    "SketchedTracks",
    "Sketches",
    "Topic",
    "TrackRecord",
    "VoteChanges",
]
