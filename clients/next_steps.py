"""Pages to open and commands to try after the demo."""  # noqa: INP001

import os

from synthetic_listeners import LISTENER

TEXT = """
Open in a browser:

{pages}

Or call the service:

  curl -s{key} '{url}/tracks?limit=3'
  curl -s{key} {url}/predict -H 'Content-Type: application/json' \\
    -d '{{"track_id": "{track_id}", "user_id": "{listener}"}}'
  curl -s{key} {url}/rank -H 'Content-Type: application/json' \\
    -d '{{"user_id": "{listener}", "quadrant": "Q3", "limit": 3}}'
  curl -s{key} {url}/query -H 'Content-Type: application/json' \\
    -d '{{"user_id": "you", "n": 3}}'
  curl -s{key} {url}/update -H 'Content-Type: application/json' -d '{{"user_id": "you",
    "labels": [{{"event_id": "1", "track_id": "{track_id}", "quadrant": "Q2"}}]}}'
  curl -s{key} {url}/users/{listener}/labels
"""
PAGES = {
    "/try?user={listener}": "predictions for a sample, your own file or a track",
    "/annotate?user=you": "answer some questions yourself",
    "/me?user={listener}": "what the service learnt from the answers",
    "/dashboard": "how many answers the service expected",
}


def after_demo(url: str, track_id: str) -> str:
    """Return the pages' addresses and the commands.

    Args:
        url: Of the service.
        track_id: The track that the commands name.
    """
    listener = LISTENER.user_id
    key = ' -H "Authorization: Bearer $ATTUNE_KEY"' if os.environ.get("ATTUNE_KEY") else ""
    paths = {path.format(listener=listener): meaning for path, meaning in PAGES.items()}
    width = len(url) + max(map(len, paths))
    pages = "\n".join(f"  {url + path:{width}s}  {meaning}" for path, meaning in paths.items())
    return TEXT.format(url=url, listener=listener, track_id=track_id, key=key, pages=pages)
