"""Writes the model card of a snapshot from its manifest, so that the two cannot disagree."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.fusion import FUSIONS
from models.sets import COVERAGE, ENOUGH
from models.snapshot.files import MANIFEST

_TITLES = {
    "accuracy": "accuracy",
    "weighted_f1": "weighted F1",
    "nll": "NLL",
    "brier": "Brier",
    "ece": "ECE",
}

_MEMBERS = ("committee", "committee_without", "gnb", "sgd", "xgb", "svm", "cnn")


def write_card(folder: Path) -> None:
    """Write ``MODEL_CARD.md`` beside a snapshot's manifest."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / "MODEL_CARD.md").write_text(card(manifest), encoding="utf-8")


def card(manifest: Mapping[str, Any]) -> str:
    """Return the card as Markdown."""
    figures = manifest["figures"]
    return _CARD.format(
        version=manifest["version"],
        seed=manifest["seed"],
        procedure=figures["procedure"],
        data=_data(manifest["data"]),
        audio=_table("member", figures["audio"]),
        first=_cnn_command(figures["cnn"]["facts"]) if "cnn" in figures else "",
        network=_network(figures["cnn"]) if "cnn" in figures else "",
        members=_WITH_CNN if "cnn" in figures else "",
        procedure_of=_WITHOUT_CNN if "cnn" in figures else "",
        lyrics="\n\n".join(
            f"{name}: {_table('member', part)}" for name, part in figures["lyrics"].items()
        ),
        abroad=_table("member", figures["abroad"]),
        majority=figures["abroad"]["majority"],
        fusion=_table("fusion", figures["fusion"]),
        default=manifest["fusion"]["default"],
        weights=_weights(manifest),
        versions=", ".join(f"{name} {value}" for name, value in manifest["versions"].items()),
        digest=manifest["feature_digest"][:16],
        coverage=COVERAGE,
        enough=ENOUGH,
        **figures["listeners"],
    )


_CARD = """\
# Model card: snapshot {version}

Which quadrant of Russell's circumplex (Q1 happy, Q2 angry or tense, Q3 sad, Q4 calm) a piece of
music belongs to, from its audio, its lyrics or both, with probabilities. The shared starting point
of every listener's personal model.

Made, with everything on this page, by

```sh
{first}python -m training pretrain --data ../shared/data --seed {seed}
```

Features {digest}; {versions}.

## What is in it

For each modality a committee of 20: Gaussian naive Bayes on 50 whitened components (`gnb`),
logistic regression by stochastic gradient descent (`sgd`), gradient-boosted trees (`xgb`) and an
RBF support vector machine (`svm`), each on five folds grouped by artist. Each algorithm's logits
are divided by a temperature fitted out of fold; the members' mean distribution is sharpened
likewise. Eleven fusions put the modalities together; `{default}` is the default{weights}. Valence
and arousal are read off the distribution: each quadrant stands for the mean and variance of the
DEAM and PMEmo annotations that lie in it.
{members}
A listener's own answers go, by default, into a Gaussian model of valence and arousal beside the
committee: *what the shared models expect + what other listeners said of the track + the listener's
level + their taste over {n_components} components of the sound + noise*. Its variances, in parts
of an axis' unit squared (a quadrant counts as one unit from both axes), were learnt by marginal
likelihood from {n_listeners} pseudo-listeners of Emotify ({n_labels} answers about {n_heard}
clips): what listeners share about a track {shared:.2f}, level {level:.3f}, taste {taste:.3f},
noise {noise:.2f}; gain of the shared models on valence {gain[0]:.2f}, on arousal {gain[1]:.2f}.
Whether it helps is judged with the listener left out, by `python -m training personalise`
(`reports/personalise`), not here.

Prediction sets hold the answer with probability {coverage:.0%}: for nobody in particular they go
by what members said of artists they had not seen, for a listener by what could be foretold of
those pseudo-listeners' answers, and from {enough} answers on by the listener's own.

## Trained on

{data}

- `taffc4q`: 4Q audio emotion dataset (Panda, Malheiro and Paiva, IEEE TAFFC 2018), 30 s clips with
  consensus quadrants; its lyrics are what a speech recogniser heard, more than 40 characters of
  it, and are poor.
- `nju`: NJU-MusicMood (Xue et al. 2015), lyrics, the official training half.
- `pmemo`: PMEmo (Zhang et al. 2018), lyrics of songs whose mean annotation lies in the quadrant.
- Encoders: MSD_musicnn (Pons and Serra 2019, ISC) and all-MiniLM-L6-v2 (Apache-2.0); see NOTICE.

No audio and no lyrics are in the snapshot, only numbers learnt from them. The datasets are for
research; check their terms before commercial use.

## Figures

{procedure}: every track is predicted by systems that saw none of its artist's tracks; inside the
training part everything, temperatures and fusions included, is fitted anew. 95 % intervals by
bootstrap over artists. A member's row is the mean of its five folds.

### Audio, on taffc4q

{procedure_of}{audio}

{network}### Audio, abroad

The shipped committee on Emotify, of which it has seen nothing: clips of 10 s of other genres.
Their label is the quadrant that listeners' GEMS words name most often. What the Gaussian model
expects of a listener was learnt on these clips; the committee, which is judged here, was not.
Always answering the largest quadrant has accuracy {majority:.3f}. How a committee learns from
listeners (`prior_strength`, `anchor`, `n_rounds`, `learning_rate` in the manifest) was chosen on
this dataset's listeners too.

{abroad}

### Lyrics

One committee for all three sources; they disagree on what a quadrant is, and are shown apart.

{lyrics}

### Both, on the tracks of taffc4q with recognised lyrics

{fusion}

The lyrics here are a recogniser's: this table shows that the path works and says little about real
lyrics.

## Limits

- Western popular music, judged by mostly Western listeners; English lyrics. Other languages are
  accepted and not judged.
- One label a track: a track that changes its mood has the label of its whole.
- The figures are about consensus labels. One listener's own answers are noisier, and lower figures
  are normal there.
"""


_WITH_CNN = """
The audio committee has five members more: a short-chunk CNN (`cnn`; Won et al. 2020) hears 3.7 s
of log-mel spectrogram at a time and gives 64 numbers a fold. The mean over a track's chunks is
read by its last layer, which learns from listeners as other members do. No other member sees these
numbers, nor does a fusion.
"""

_WITHOUT_CNN = """\
The committee without the cnn, which takes too long to be trained anew in every outer fold: the
next section judges it.

"""

_NETWORK = """\
### The cnn beside the other members, on taffc4q

Once, not in repeats: each algorithm's members are judged on the fold that each was kept from. A
row is what one member says of a track, where the committee that ships has five, so these figures
are not those of the table above. `committee` is one member of each of the five algorithms
together, `committee_without` is the same without the cnn. Temperatures and sharpness are fitted to
what was predicted in the other folds.

{table}

{difference}

How the cnn was trained: {width} channels in the first block (published: 128), at most {epochs}
epochs of {crops} chunks a clip, Adam and then SGD, on {device} with torch {torch}. All folds
together took {minutes:.0f} minutes{allowed}. Each fold's training part was split by artist again:
the smaller part, its validation, decided when to stop and which weights to keep; the held-out fold
decided nothing in this run. Of the recipe one number, Adam's learning rate, was set beforehand
with a short run's accuracy on fold 0's held-out part in view: its figure is mildly flattered.
{notes}
{folds}

"""

_TEACHER = """\
Beside the labels, the network was taught to say what the pretrained encoder (MSD_musicnn) says of
the same clips: what it knows is not from these labels alone.
"""

_LIMIT = """\
Processor time is what limits it: the published networks were trained on accelerators, with far
more clips.
"""


def _network(part: Mapping[str, Any]) -> str:
    facts, recipe = part["facts"], part["facts"]["recipe"]
    allowed = facts.get("minutes_allowed")
    notes = [
        _TEACHER if recipe["teacher_weight"] else "",
        _LIMIT if facts["device"] == "cpu" else "",
    ]
    return _NETWORK.format(
        table=_table("member", part),
        difference=_difference(part["difference"]),
        width=facts["width"],
        epochs=recipe["epochs"],
        crops=recipe["crops"],
        device=facts["device"],
        torch=facts["torch"],
        minutes=sum(row["minutes"] for row in facts["folds"]),
        allowed=f" of {allowed:g} allowed" if allowed else "",
        notes="".join(notes),
        folds=_folds(facts["folds"]),
    )


def _cnn_command(facts: Mapping[str, Any]) -> str:
    options = {"seed": facts["seed"], "width": facts["width"], "epochs": facts["recipe"]["epochs"]}
    if facts.get("minutes_allowed"):
        options["minutes"] = f"{facts['minutes_allowed']:g}"
    told = " ".join(f"--{name} {value}" for name, value in options.items())
    return f"python -m training pretrain --member cnn --data ../shared/data {told}\n"


def _difference(part: Mapping[str, Mapping[str, float]]) -> str:
    lines = [
        f"| with the cnn, less without it | {' | '.join(_TITLES.values())} |",
        "|---" * (len(_TITLES) + 1) + "|",
        f"| paired difference | {' | '.join(_cell(part[metric], '+') for metric in _TITLES)} |",
    ]
    return "\n".join(lines)


def _folds(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "| fold | fitted to | validation | epochs | minutes | accuracy, validation | held out |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {fold} | {row['n_fit']} | {row['n_validation']} | {row['epochs']} | {row['minutes']}"
        f" | {row['validation_accuracy']:.3f} | {row['held_out_accuracy']:.3f} |"
        for fold, row in enumerate(rows)
    ]
    return "\n".join(lines)


def _data(data: Mapping[str, Mapping[str, int]]) -> str:
    lines = ["| dataset | tracks | with audio | with lyrics |", "|---|---|---|---|"]
    for name, row in data.items():
        lines.append(f"| {name} | {row['tracks']} | {row['audio']} | {row['lyrics']} |")
    return "\n".join(lines)


def _table(head: str, part: Mapping[str, Any]) -> str:
    lines = [
        f"{part['n_tracks']} tracks by {part['n_artists']} artists.",
        "",
        f"| {head} | {' | '.join(_TITLES.values())} |",
        "|---" * (len(_TITLES) + 1) + "|",
    ]
    # A manifest's keys are sorted; these rows have an order of their own.
    for name in sorted(part["rows"], key=[*_MEMBERS, *FUSIONS].index):
        row = part["rows"][name]
        lines.append(f"| `{name}` | {' | '.join(_cell(row[metric]) for metric in _TITLES)} |")
    return "\n".join(lines)


def _cell(figure: Mapping[str, float], sign: str = "") -> str:
    estimate, low, high = (f"{figure[name]:{sign}.3f}" for name in ("estimate", "low", "high"))
    return f"{estimate} [{low}, {high}]"


def _weights(manifest: Mapping[str, Any]) -> str:
    weights = manifest["fusion"].get("pool_weights")
    return f" (exponents: audio {weights[0]:.2f}, lyrics {weights[1]:.2f})" if weights else ""
