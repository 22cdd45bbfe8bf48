"""Outlines: what a listener's model is learnt from where sketches are enough."""

from dataclasses import replace

import pytest

from models.emotion import Quadrant
from models.personal import Answer, CommitteePersonaliser, LogisticPersonaliser
from models.track import TrackSummary
from tests.house import SmallService, answers

TRACKS = [f"t{i}" for i in range(6)]
PERSONALISERS = {
    "logistic": lambda snapshot: LogisticPersonaliser(snapshot.listener_model),
    "committee": lambda snapshot: CommitteePersonaliser(snapshot.committees),
}


class OneWay:
    """A catalogue whose answered tracks may be read in one way alone."""

    def __init__(self, catalogue, way):
        self._catalogue = catalogue
        self._way = way

    def __getattr__(self, name):
        if name in {"learnt_from", "outlines"} and name != self._way:
            raise AssertionError(f"{name} was read.")
        return getattr(self._catalogue, name)


@pytest.fixture(name="house")
def _house():
    house = SmallService()
    house.put(*TRACKS)
    house.tell("ana", *answers(*((track_id, Quadrant.Q3) for track_id in TRACKS)))
    return house


@pytest.mark.parametrize(("name", "way"), [("logistic", "outlines"), ("committee", "learnt_from")])
def test_no_more_is_read_than_the_personaliser_needs(house, name, way):
    listeners = replace(
        house.listeners,
        personaliser=PERSONALISERS[name](house.snapshot),
        catalogue=OneWay(house.catalogue, way),
    )

    assert listeners.advance("ana").n_labels == len(TRACKS)


def test_outlines_teach_what_tracks_teach_to_the_bit(house):
    personaliser = LogisticPersonaliser(house.snapshot.listener_model)
    tracks, summaries = (
        [Answer(track, Quadrant.Q3) for track in read(TRACKS).values()]
        for read in (house.catalogue.learnt_from, house.catalogue.summaries)
    )

    whole, brief = personaliser.fit(tracks), personaliser.fit(summaries)

    assert whole.is_used
    assert brief.to_bytes() == whole.to_bytes()


def test_a_committee_refuses_outlines(house):
    personaliser = CommitteePersonaliser(house.snapshot.committees)
    outline = TrackSummary("t0", house.catalogue.summaries(["t0"])["t0"].sketch)

    with pytest.raises(TypeError, match="'t0' is an outline"):
        personaliser.fit([Answer(outline, Quadrant.Q1)])
