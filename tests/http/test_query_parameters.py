"""Calls refuse query parameters that they do not declare; pages read their own."""

import pytest

pytestmark = pytest.mark.http


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz", "/tracks/nowhere/audio"])
def test_a_head_request_refuses_an_unknown_parameter(client, path):
    assert client.head(path, params={"verbose": ""}).status_code == 422


def test_every_unknown_parameter_is_named_with_those_that_the_call_takes(client):
    problem = client.get("/tracks", params={"limit": 1, "offset": 2, "sort": "title"}).json()

    takes = "is not a known query parameter; this call takes limit and cursor and search."
    assert problem["errors"] == [
        {"field": name, "message": f"{name} {takes}"} for name in ("offset", "sort")
    ]


@pytest.mark.parametrize("query", ["limit=1&limit=2", "limit=1&cursor=a&limit=1"])
def test_a_parameter_that_comes_twice_is_refused_by_name(client, query):
    problem = client.get(f"/tracks?{query}").json()

    message = "limit comes more than once; once is enough."
    assert problem["errors"] == [{"field": "limit", "message": message}]


def test_an_unknown_parameter_changes_nothing(client, track):
    client.delete(f"/tracks/{track}", params={"dry_run": "1"})

    assert client.get(f"/tracks/{track}").status_code == 200


@pytest.mark.parametrize("path", ["/", "/annotate?user=ana", "/docs?q=a", "/pages/style.css?v=2"])
def test_pages_and_their_files_take_any_parameter(client, path):
    assert client.get(path).status_code == 200
