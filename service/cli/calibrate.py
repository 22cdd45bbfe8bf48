"""``calibrate``: fit the shared models to the catalogue and its users."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.options import snapshot_folder, with_settings

if TYPE_CHECKING:
    from service.cli.factories import CalibrationResources
    from service.db.calibrations import CalibrationRecord
    from service.serving.calibration import CalibrationRun
    from service.settings import Settings


@click.command()
@snapshot_folder
@click.option("--show", is_flag=True, help="Print the calibration in use and earlier ones.")
@click.option("--revert", is_flag=True, help="Revert the calibration in use to the one before.")
@with_settings
def calibrate(settings: "Settings", /, *, snapshot: Path | None, show: bool, revert: bool) -> None:
    """Fit the shared models to the catalogue and its users.

    The zero points of valence and arousal are fitted to all tracks and answers. The prior of
    users is fitted to the answers, once enough users have given some. Workers use the
    calibration within seconds. No track is predicted again.
    """
    from service.cli.factories import build_calibrate

    if show and revert:
        raise click.UsageError("--show and --revert exclude each other.")
    resources = build_calibrate(settings, snapshot or settings.snapshot)
    try:
        if show:
            _show(resources)
        elif revert:
            _revert(resources)
        else:
            _calibrate(resources)
    finally:
        resources.close()


def _calibrate(resources: "CalibrationResources") -> None:
    from service.cli.calibration_report import lines_of
    from service.serving.calibration import calibrate as fit
    from service.serving.calibration import gather

    evidence = gather(resources.snapshot, resources.inputs, resources.calibrations)
    run = fit(resources.snapshot, evidence, resources.calibrations)
    made = run.calibration
    click.echo(
        f"Read {len(evidence.proba)} tracks and {len(evidence.answers)} answers of "
        f"{made.inputs['n_listeners']} users."
    )
    _print_left_out(run)
    if not run.is_new:
        click.echo(f"Nothing changes: the result equals calibration {made.version}.")
    elif not made.has_effect:
        click.echo(
            "Nothing changes: tracks and answers show no need for a calibration. Without answers, "
            f"at least {resources.least_tracks} recordings are needed."
        )
    else:
        click.echo(f"Calibration {made.version} is in use from now on.")
    for line in lines_of(made):
        click.echo(line)


def _print_left_out(run: "CalibrationRun") -> None:
    evidence = run.evidence
    if evidence.n_unpredicted:
        click.echo(
            f"{evidence.n_unpredicted} tracks are left out because the snapshot has not predicted "
            "them yet: run `python -m service replay` first."
        )
    if evidence.n_foreign:
        click.echo(
            f"{evidence.n_foreign} tracks are left out because they hold features of another "
            "snapshot: see `python -m service reembed`."
        )


def _show(resources: "CalibrationResources") -> None:
    from service.cli.calibration_report import lines_of

    history = resources.calibrations.history(resources.snapshot.version)
    standing = next((each for each in history if each.reverted_at is None), None)
    if standing is None:
        click.echo(f"Snapshot {resources.snapshot.version} is served without a calibration.")
    for record in history:
        click.echo(_line(record, is_in_use=record is standing))
        if record is standing:
            for line in lines_of(record.calibration):
                click.echo(f"  {line}")


def _revert(resources: "CalibrationResources") -> None:
    reverted = resources.calibrations.revert(resources.snapshot.version)
    if reverted is None:
        click.echo(f"Snapshot {resources.snapshot.version} has no calibration to revert.")
        return
    left = resources.calibrations.in_use(resources.snapshot.version)
    now = "none is" if left is None else f"{left.version} is"
    click.echo(f"Calibration {reverted} is reverted; {now} in use from now on.")


def _line(record: "CalibrationRecord", *, is_in_use: bool) -> str:
    if is_in_use:
        state = "in use" if record.has_effect else "in use, without effect"
    elif record.reverted_at is not None:
        state = f"reverted {record.reverted_at:%Y-%m-%d %H:%M}"
    else:
        state = "replaced"
    return (
        f"{record.version}  {record.created_at:%Y-%m-%d %H:%M} UTC  {record.n_tracks} tracks, "
        f"{record.n_answers} answers  {state}"
    )
