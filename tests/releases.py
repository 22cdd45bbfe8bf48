"""Other releases of the code: copies of this one with one more migration."""

import shutil
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[1]

Kind = Literal["adds", "replaces"]
ADDS: Kind = "adds"
"""A migration after which code of the release before can go on."""
REPLACES: Kind = "replaces"
"""One that renames what code of the release before reads and writes."""

_ADDS = """
def upgrade():
    op.create_table("newer", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("track", sa.Column("newer", sa.Text))

def downgrade():
    op.drop_column("track", "newer")
    op.drop_table("newer")
"""
_REPLACES = """
def upgrade():
    op.alter_column("calibration", "reverted_at", new_column_name="ended_at")

def downgrade():
    op.alter_column("calibration", "ended_at", new_column_name="reverted_at")
"""


def add_migration(versions: Path, kind: Kind) -> str:
    """Write a migration after the newest of a folder; return its revision."""
    before = max(path.name for path in versions.glob("r*.py"))[1:].partition("_")[0]
    later = f"{int(before[:4]) + 1:04}" if kind == REPLACES else f"{before}a"
    steps = _REPLACES if kind == REPLACES else _ADDS
    head = f"""import sqlalchemy as sa\nfrom alembic import op\n
revision = {later!r}\ndown_revision = {before!r}\n"""
    (versions / f"r{later}_newer.py").write_text(head + steps)
    return later


def newer_tree(kind: Kind, folder: Path) -> Path:
    """Return a copy of this code with one more migration, whose schema it reads and writes."""
    ours = shutil.ignore_patterns("__pycache__", "weights", "pretrained")
    for package in ("service", "models"):
        shutil.copytree(ROOT / package, folder / package, ignore=ours)
    for data in ("weights", "pretrained"):
        (folder / "models" / data).symlink_to((ROOT / "models" / data).resolve())
    store = folder / "service" / "db"
    add_migration(store / "migrations" / "versions", kind)
    if kind == REPLACES:
        tables = (store / "tables.py").read_text(encoding="utf-8")
        before, after = 'Column("reverted_at",', 'Column("ended_at", key="reverted_at", type_='
        assert tables.count(before) == 1
        (store / "tables.py").write_text(tables.replace(before, after), encoding="utf-8")
    return folder
