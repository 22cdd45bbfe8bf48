"""What to look at and to call once the demo's music is registered."""  # noqa: INP001

import os

from listeners import LISTENER

TRY = """
Look at it in a browser:

{pages}

Or from here:

  curl -s{key} '{url}/tracks?limit=3'
  curl -s{key} {url}/predict -H 'Content-Type: application/json' \\
    -d '{{"track_id": "{heard}", "user_id": "{listener}"}}'
  curl -s{key} {url}/rank -H 'Content-Type: application/json' \\
    -d '{{"user_id": "{listener}", "quadrant": "Q3", "limit": 3}}'
  curl -s{key} {url}/query -H 'Content-Type: application/json' \\
    -d '{{"user_id": "you", "n": 3}}'
  curl -s{key} {url}/update -H 'Content-Type: application/json' -d '{{"user_id": "you",
    "labels": [{{"event_id": "1", "track_id": "{heard}", "quadrant": "Q2"}}]}}'
  curl -s{key} {url}/users/{listener}/labels
"""
PAGES = {
    "/try?user={listener}": "what is expected of a sample, of your own file, of a track",
    "/annotate?user=you": "answer some questions yourself",
    "/me?user={listener}": "what the answers taught",
    "/dashboard": "how many answers were expected",
}


def after_demo(url: str, track_id: str) -> str:
    """Return addresses of pages and commands to try.

    Args:
        url: Of the service.
        track_id: The track that the commands name.
    """
    listener = LISTENER.user_id
    key = ' -H "Authorization: Bearer $ATTUNE_KEY"' if os.environ.get("ATTUNE_KEY") else ""
    paths = {path.format(listener=listener): shown for path, shown in PAGES.items()}
    width = len(url) + max(map(len, paths))
    pages = "\n".join(f"  {url + path:{width}s}  {shown}" for path, shown in paths.items())
    return TRY.format(url=url, listener=listener, heard=track_id, key=key, pages=pages)
