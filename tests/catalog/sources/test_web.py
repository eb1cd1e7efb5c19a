"""How the client fares with servers that are slow, broken, careless or hostile."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from email.utils import formatdate

import pytest

from sitesel.catalog.sources import addresses
from sitesel.errors import FetchError
from tests.catalog.sources import hostile
from tests.catalog.sources.hostile import chunks, cut, drip, file, hang, redirect, say

BODY = os.urandom(300_000)
PAGE = "<!DOCTYPE html><html><head><title>Portal en mantenimiento</title></head></html>"


def test_a_plain_answer_and_who_asks(server, client):
    url = server.on("/rows", say('{"rows": [1]}', Content_Type="application/json"))
    assert client().json(url, {"where": "a = 1 & b"}) == {"rows": [1]}
    asked = server.asked[0]
    assert asked.path == "/rows?where=a+%3D+1+%26+b"
    assert asked.headers["User-Agent"].startswith("sitesel/")
    assert "gzip" in asked.headers["Accept-Encoding"]


def test_text_is_decoded_as_the_headers_say(server, client):
    url = server.on("/t", say("Juárez".encode("latin-1"), Content_Type="text/csv; charset=latin-1"))
    reply = client().get(url)
    assert reply.text == "Juárez"
    assert reply.headers["content-type"].startswith("text/csv")
    assert client().get(server.on("/u", say("\ufeffJuárez"))).text == "Juárez"
    assert client().get(server.on("/x", say("a", Content_Type="x; charset=none"))).text == "a"


def test_compressed_answers_are_unpacked_and_counted_unpacked(server, client):
    url = server.on("/z", say(gzip.compress(b"[" + b" " * 10**6 + b"]"), Content_Encoding="gzip"))
    assert client().json(url) == []
    with pytest.raises(FetchError, match="more than 50,000 bytes"):
        client(largest=50_000).json(url)


def test_429_waits_as_long_as_the_server_says(server, client, waits):
    busy = say("slow down", 429, Retry_After="7")
    assert client().get(server.on("/a", busy, say("ok"))).text == "ok"
    assert waits == [7.0]


def test_retry_after_may_be_a_date(server, client, waits):
    date = formatdate(time.time() + 30, usegmt=True)
    assert client().get(server.on("/a", say("", 503, Retry_After=date), say("ok"))).text == "ok"
    assert 25 < waits[0] <= 30


def test_a_server_that_asks_for_an_hour_is_left_alone(server, client, waits):
    url = server.on("/a", say("", 429, Retry_After="3600"))
    with pytest.raises(FetchError, match="429 Too Many Requests; fetch again in 3600 s"):
        client().get(url)
    assert waits == []
    assert len(server.asked) == 1


def test_a_server_that_says_at_once_is_given_a_moment(server, client, waits):
    client(pause=2.0).get(server.on("/a", say("", 429, Retry_After="0"), say("ok")))
    assert waits == [2.0]


def test_503_then_success_with_longer_and_longer_waits(server, client, waits):
    busy = say("", 503)
    url = server.on("/a", busy, busy, busy, say("ok"))
    assert client(pause=2.0).get(url).text == "ok"
    for attempt, wait in enumerate(waits):
        assert 0.5 <= wait / (2.0 * 2**attempt) <= 1.5
    assert len(set(waits)) == 3
    again: list[float] = []
    server.on("/a", busy, busy, busy, say("ok"))
    client(pause=2.0, seed=2, sleep=again.append).get(url)
    assert again != waits  # jitter


def test_a_server_that_stays_down_is_given_up(server, client, waits):
    with pytest.raises(FetchError, match="502 Bad Gateway; asked 5 times; try again later"):
        client().get(server.on("/a", say("", 502)))
    assert len(server.asked) == 5
    assert len(waits) == 4


def test_what_does_not_pass_is_not_asked_again(server, client, waits):
    with pytest.raises(FetchError, match=r"404 .*present address"):
        client().get(server.url("/gone"))
    assert (len(server.asked), waits) == (1, [])


def test_the_servers_explanation_is_quoted_without_what_it_was_sent(server, client):
    told = '{"message": "no such column: hectaras; token s3cr3t-tok, key q-s3cr3t"}'
    url = server.on("/rows", say(told, 400))
    with pytest.raises(FetchError, match="no such column: hectaras") as caught:
        client().json(url, {"$$token": "q-s3cr3t"}, {"X-App-Token": "s3cr3t-tok"})
    assert "s3cr3t" not in str(caught.value)
    assert "$$token=…" in str(caught.value)


def test_no_secret_of_an_address_is_in_any_message(server, client):
    url = server.on("/x", cut(BODY)).replace("http://", "http://user:s3cr3t@") + "?key=s3cr3t"
    for make in (client(retries=0), client(offline=True), client(private=False)):
        with pytest.raises(FetchError) as caught:
            make.get(url)
        assert "s3cr3t" not in str(caught.value)
        assert "/x?key=…" in str(caught.value)


def test_a_hang_ends(server, client, waits):
    started = time.monotonic()
    with pytest.raises(FetchError, match="does not answer; asked 2 times"):
        client(timeout=(1, 0.2), retries=1).get(server.on("/a", hang))
    assert time.monotonic() - started < 2
    assert len(waits) == 1


@pytest.mark.parametrize("what", ["body", "headers"])
def test_a_server_that_sends_a_byte_now_and_then_is_hung_up(server, client, what):
    started = time.monotonic()
    with pytest.raises(FetchError, match="stopped sending"):
        client(timeout=(0.2, 0.3), retries=0).get(server.on("/a", drip(what)))
    assert time.monotonic() - started < 2


def test_a_kept_connection_is_watched_too(server, client):
    asker = client(timeout=(0.2, 0.3), retries=0)
    asker.get(server.on("/a", say("ok")))
    started = time.monotonic()
    with pytest.raises(FetchError, match="stopped sending"):
        asker.get(server.on("/a", drip()))
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_cut_at_60_percent_is_noticed(server, client, chunked):
    url = server.on("/a", cut(BODY, chunked=chunked), say(BODY))
    assert client().get(url).content == BODY
    assert len(server.asked) == 2
    with pytest.raises(FetchError, match="cut; try again later"):
        client(retries=0).get(server.on("/a", cut(BODY, chunked=chunked)))


def test_an_answer_cut_in_its_headers_is_noticed(server, client):
    def answer(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nDate: today\r\nContent-Le")
        handler.close_connection = True

    with pytest.raises(FetchError, match="cut"):
        client(retries=0).get(server.on("/a", answer))


def test_chunks_without_the_last_one_are_noticed(server, client):
    assert client().get(server.on("/a", chunks(b"abc", b"def"))).content == b"abcdef"
    with pytest.raises(FetchError, match="cut"):
        client(retries=0).get(server.on("/a", chunks(b"abc", b"def", end=False)))


def test_truncated_json_is_asked_again_and_then_told(server, client):
    whole = json.dumps([{"name": "Ysleta"}] * 9)
    url = server.on("/a", say(whole[:99]), say(whole))
    assert len(client().json(url)) == 9
    with pytest.raises(FetchError, match=r"not JSON .*after .* characters.*asked 5 times"):
        client().json(server.on("/a", say(whole[:99])))


def test_a_web_page_with_status_200_is_told(server, client, tmp_path):
    url = server.on("/a", say(PAGE), say("[]"))
    assert client().json(url) == []
    server.on("/a", say(PAGE, Content_Type="application/json"))
    with pytest.raises(FetchError, match='web page instead of data, titled "Portal en mant'):
        client().json(url)
    with pytest.raises(FetchError, match="web page instead of data"):
        client().download(url, tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


def test_offline_asks_nobody(server, client, tmp_path):
    url, alone = server.on("/a", say("ok")), client(offline=True)
    calls = [alone.get, alone.json, alone.version, alone.state]
    calls += [lambda url: alone.read(url, 0, 9), lambda url: alone.download(url, tmp_path / "a")]
    for call in calls:
        with pytest.raises(FetchError, match=r"/a: not asked.*run again without --offline"):
            call(url)
    assert not server.asked
    assert not list(tmp_path.iterdir())


def test_a_server_that_is_not_there(client):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/a"
        with pytest.raises(FetchError, match="cannot be reached"):
            client(retries=0).get(url)
    with pytest.raises(FetchError, match="no such server is known"):
        client(retries=0).get("http://nobody.invalid/a")


@pytest.mark.parametrize("url", ["ftp://a/b", "file:///etc/hosts", "http://", "http://[", "rows"])
def test_what_is_no_web_address(client, url):
    with pytest.raises(FetchError, match="not a web address"):
        client().get(url)


# Certificates


@pytest.fixture
def tls_server(tmp_path, monkeypatch, request):
    """A server whose certificate is trusted here, but valid on the given days only."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("openssl is not installed")
    key, asked, paper = (tmp_path / name for name in ("key.pem", "asked.pem", "paper.pem"))
    (tmp_path / "ca.cnf").write_text(
        "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index\nserial=serial\npolicy=p\n"
        "default_md=sha256\nx509_extensions=x\n[p]\ncommonName=supplied\n"
        "[x]\nsubjectAltName=IP:127.0.0.1\nbasicConstraints=CA:true\n"
    )
    (tmp_path / "index").touch()
    (tmp_path / "serial").write_text("01\n")
    request_ = [openssl, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    sign = [openssl, "ca", "-batch", "-notext", "-selfsign", "-config", "ca.cnf"]
    start, end = request.param
    for command in (
        [*request_, "-keyout", key, "-out", asked],
        [*sign, "-keyfile", key, "-in", asked, "-out", paper, "-startdate", start, "-enddate", end],
    ):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=30)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(paper))
    running = hostile.Server((paper, key))
    yield running
    running.close()


@pytest.mark.parametrize("tls_server", [("20200101000000Z", "20210101000000Z")], indirect=True)
def test_an_expired_certificate_is_told_and_nothing_is_read(tls_server, client, waits):
    url = tls_server.on("/a", say("[]"))
    with pytest.raises(FetchError, match=r"\(certificate has expired\).*nothing was read.*date of"):
        client().json(url)
    assert (tls_server.asked, waits) == ([], [])


@pytest.mark.parametrize("tls_server", [("20200101000000Z", "20990101000000Z")], indirect=True)
def test_https_works_and_never_falls_back_to_http(tls_server, server, client, monkeypatch):
    asker, plain = client(), server.on("/plain", say("[]"))
    for _ in range(2):  # the second time on the kept connection
        assert asker.json(tls_server.on("/a", say("[1]"))) == [1]
    with pytest.raises(FetchError, match="redirects to http:, which is not followed"):
        asker.get(tls_server.on("/b", redirect(plain)))
    with pytest.raises(FetchError, match="stopped sending"):
        client(timeout=(0.2, 0.3), retries=0).get(tls_server.on("/c", drip()))
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(FetchError, match="self-signed certificate"):
        client().get(tls_server.url("/a"))
    assert not server.asked


# Redirects and private addresses


def test_redirects_are_followed_with_the_token_only_at_home(server, client):
    other = hostile.Server()
    try:
        server.on("/a", redirect("/b", 301))
        server.on("/b", redirect(other.on("/c", say("[]")), 307))
        token = {"X-App-Token": "s3cr3t", "Range": "bytes=0-9"}
        reply = client().get(server.url("/a"), None, token)
        assert reply.text == "[]"
        assert [each.headers.get("X-App-Token") for each in server.asked] == ["s3cr3t"] * 2
        assert "X-App-Token" not in other.asked[0].headers
        assert other.asked[0].headers["Range"] == "bytes=0-9"
    finally:
        other.close()


def test_a_redirect_loop_ends(server, client, waits):
    url = server.on("/a", redirect("/a"))
    with pytest.raises(FetchError, match="redirects more than 5 times"):
        client().get(url)
    assert (len(server.asked), waits) == (6, [])


@pytest.mark.parametrize("to", ["file:///etc/hosts", "ftp://h/x", "gopher://h", "data:text,x"])
def test_a_redirect_to_another_scheme_is_refused(server, client, to):
    with pytest.raises(FetchError, match=r"redirects to \w+:, which is not followed"):
        client().get(server.on("/a", redirect(to)))


def test_a_redirect_to_nowhere_is_told(server, client):
    with pytest.raises(FetchError, match="redirects to nowhere"):
        client().get(server.on("/a", say("", 302)))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "0.0.0.0"])
def test_private_addresses_are_refused_before_any_packet(server, client, host):
    url = server.on("/a", say("ok")).replace("127.0.0.1", host)
    with pytest.raises(FetchError, match=r"private network.*--allow-private"):
        client(private=False).get(url)
    assert not server.asked


@pytest.fixture
def public_here(monkeypatch):
    """Take 127.0.0.1 for a public address; the others stay private."""
    real = addresses.private
    for room in ("addresses", "lines"):
        monkeypatch.setattr(
            f"sitesel.catalog.sources.{room}.private",
            lambda address: address != "127.0.0.1" and real(address),
        )


@pytest.mark.usefixtures("public_here")
@pytest.mark.parametrize("private", [True, False])
def test_a_redirect_into_a_private_network_is_refused(server, client, private):
    inner = server.on("/secret", say("secret")).replace("127.0.0.1", "127.0.0.2")
    for to in (inner, "http://169.254.169.254/latest/meta-data", "//192.168.0.1/x"):
        url = server.on("/a", redirect(to))
        with pytest.raises(FetchError, match="/a: redirects into a private network"):
            client(private=private).get(url)
    assert {each.path for each in server.asked} == {"/a"}


def test_a_name_that_changes_its_address_is_caught_when_connected(server, client, monkeypatch):
    """DNS rebinding: public when it is looked at, private when it is connected to."""
    url, asked = server.on("/a", say("secret")), []
    real = socket.getaddrinfo

    def rebinding(host, *rest, **options):
        if host != "rebinding.example":
            return real(host, *rest, **options)
        asked.append(host)
        return real("1.1.1.1" if len(asked) == 1 else "127.0.0.1", *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(FetchError, match="private network"):
        client(private=False).get(url.replace("127.0.0.1", "rebinding.example"))
    assert len(asked) == 2
    assert not server.asked


def test_a_name_of_a_private_address_is_refused(client, monkeypatch):
    both = [(2, 1, 6, "", (ip, 0)) for ip in ("1.1.1.1", "10.0.0.5")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(FetchError, match="private network"):
        client(private=False).get("http://intranet.example/a")


def test_a_kept_connection_is_looked_at_again(server, client):
    asker, url = client(), server.on("/a", say("ok"))
    asker.get(url)
    asker.private = False
    with pytest.raises(FetchError, match="private network"):
        asker.get(url)
    assert len(server.asked) == 1


def test_a_proxy_of_ones_own_network_may_be_private(server, client, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url(""))
    monkeypatch.setenv("no_proxy", "")
    server.on("http://data.example/rows", say("[2]"))
    assert client(private=False).json("http://data.example/rows") == [2]


# Sizes, versions, ranges


def test_ten_gigabytes_are_refused_before_reading(server, client, tmp_path):
    def huge(handler):
        handler.head(200, {"Content-Length": str(10 * 2**30)})
        handler.close_connection = True

    for ask in (client().get, lambda url: client().download(url, tmp_path / "a.zip")):
        with pytest.raises(FetchError, match=r"more than [0-9,]+ bytes"):
            ask(server.on("/a", huge))
    assert not list(tmp_path.iterdir())


def test_a_body_that_grows_beyond_the_limit_is_cut_off(server, client, tmp_path):
    url, seen = server.on("/a", chunks(*[BODY] * 20)), []
    with pytest.raises(FetchError, match="more than 1,000,000 bytes"):
        client(largest=10**6).download(url, tmp_path / "a", report=lambda *each: seen.append(each))
    assert 900_000 < seen[-1][1] <= 1_000_000
    assert not list(tmp_path.iterdir())


def test_version_and_size_without_reading(server, client):
    url = server.on("/a", file(BODY))
    assert client().version(url) == '"v1"'
    assert client().state(url).size == len(BODY)
    assert {each.method for each in server.asked} == {"HEAD"}
    assert client().version(server.on("/b", say("x", Last_Modified="Mon, 2 Nov"))) == "Mon, 2 Nov"
    assert client().version(server.on("/c", say("x"))) is None


def test_version_and_size_of_a_server_that_has_no_head(server, client):
    def no_head(handler):
        (say("", 405) if handler.command == "HEAD" else file(BODY))(handler)

    url = server.on("/a", no_head)
    assert client().version(url) == '"v1"'
    assert client().state(url).size == len(BODY)


def test_a_range_is_read(server, client):
    url = server.on("/a", file(BODY))
    assert client().read(url, 1000, 50) == BODY[1000:1050]
    assert client().read(url, len(BODY) - 9, 50) == BODY[-9:]
    assert client().read(url, 7, 0) == b""
    with pytest.raises(FetchError, match="416"):
        client().read(url, len(BODY), 50)


def test_a_server_that_ignores_or_mistakes_ranges(server, client):
    with pytest.raises(FetchError, match="does not send parts of a file"):
        client().read(server.on("/a", say(BODY)), 1000, 50)
    wrong = say(BODY[:50], 206, Content_Range=f"bytes 0-49/{len(BODY)}")
    late = say(BODY[1010:1050], 206, Content_Range=f"bytes 1010-1049/{len(BODY)}")
    short = say(BODY[1000:1020], 206, Content_Range=f"bytes 1000-1019/{len(BODY)}")
    for answer in (wrong, late, short):
        assert client().read(server.on("/a", answer, file(BODY)), 1000, 50) == BODY[1000:1050]
        with pytest.raises(FetchError, match="another part"):
            client(retries=0).read(server.on("/a", answer), 1000, 50)


# Downloads


def test_a_download_is_reported_and_moved_when_whole(server, client, tmp_path):
    url, told = server.on("/a.bin", file(BODY)), []
    to = tmp_path / "sub" / "a.bin"
    saved = client().download(url + "?key=s", to, report=lambda *each: told.append(each))
    assert to.read_bytes() == BODY
    assert (saved.path, saved.version) == (to, '"v1"')
    assert told[-1] == ("bytes", len(BODY), len(BODY))
    assert [path.name for path in to.parent.iterdir()] == ["a.bin"]


def test_a_broken_download_goes_on_where_it_broke(server, client, tmp_path):
    url = server.on("/a", file(BODY, breaks_at=100_000), file(BODY))
    client().download(url, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    second = server.asked[1].headers
    assert (second["Range"], second["If-Range"]) == ("bytes=100000-", '"v1"')


@pytest.mark.parametrize(("largest", "enough"), [(len(BODY), True), (len(BODY) - 1, False)])
def test_the_limit_counts_what_was_had_in_an_earlier_run(server, client, tmp_path, largest, enough):
    url, to = server.on("/a", file(BODY, breaks_at=100_000)), tmp_path / "a"
    with pytest.raises(FetchError, match="cut"):
        client(retries=0).download(url, to)
    server.on("/a", file(BODY))
    if not enough:
        with pytest.raises(FetchError, match="more than"):
            client(largest=largest).download(url, to)
        assert server.asked[-1].headers["Range"] == "bytes=100000-"
        assert not list(tmp_path.iterdir())
        return
    client(largest=largest).download(url, to)
    assert to.read_bytes() == BODY


def test_a_download_goes_on_in_a_later_run(server, client, tmp_path):
    url, to = server.on("/a", file(BODY, breaks_at=100_000)) + "?key=s3cr3t", tmp_path / "a"
    to.write_bytes(b"the former one")
    with pytest.raises(FetchError, match="cut"):
        client(retries=0).download(url, to)
    assert to.read_bytes() == b"the former one"
    assert (tmp_path / "a.part").stat().st_size == 100_000
    assert "s3cr3t" not in (tmp_path / "a.part.json").read_text()
    server.on("/a", file(BODY))
    client().download(url, to)
    assert to.read_bytes() == BODY
    assert server.asked[-1].headers["Range"] == "bytes=100000-"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_download_that_moves_on_each_time_is_not_given_up(server, client, tmp_path):
    body = BODY * 24
    url = server.on("/a", file(body, breaks_at=1_100_000))
    client(retries=1).download(url, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == body
    assert len(server.asked) == 7


@pytest.mark.parametrize(
    "rest",
    [
        file(BODY[::-1], etag='"v2"'),
        say(BODY[::-1]),
        say(BODY[100_000:], 206, ETag='"v2"', Content_Range=f"bytes 100000-299999/{len(BODY)}"),
        say(BODY[:9], 206, ETag='"v1"', Content_Range=f"bytes 0-8/{len(BODY)}"),
        say("", 416),
    ],
    ids=["new ETag", "no ranges", "If-Range ignored", "other range", "shorter now"],
)
def test_a_file_that_changed_meanwhile_starts_over(server, client, tmp_path, rest):
    url = server.on("/a", file(BODY, breaks_at=100_000), rest, file(BODY[::-1], etag='"v2"'))
    client().download(url, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY[::-1]
    assert server.asked[1].headers["Range"] == "bytes=100000-"


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"v1"'}, {"Content_Encoding": "identity"}])
def test_without_a_sure_mark_a_download_starts_over(server, client, tmp_path, headers):
    url = server.on("/a", cut(BODY, **headers), say(BODY, **headers))
    client().download(url, tmp_path / "a")
    assert "Range" not in server.asked[1].headers
    assert (tmp_path / "a").read_bytes() == BODY


def test_the_half_of_another_address_is_not_continued(server, client, tmp_path):
    with pytest.raises(FetchError, match="cut"):
        client(retries=0).download(server.on("/a", file(BODY, breaks_at=9)), tmp_path / "a")
    client().download(server.on("/b", file(BODY[::-1])), tmp_path / "a")
    assert "Range" not in server.asked[-1].headers
    assert (tmp_path / "a").read_bytes() == BODY[::-1]
    (tmp_path / "b.part").write_bytes(b"x")
    (tmp_path / "b.part.json").write_text("[broken")
    client().download(server.url("/b"), tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == BODY[::-1]


def test_a_wrong_hash_never_takes_the_place(server, client, tmp_path):
    url, to = server.on("/a", file(BODY)), tmp_path / "a"
    to.write_bytes(b"the former one")
    with pytest.raises(FetchError, match=r"a: its SHA-256 is .* not 00ff as the definition says"):
        client().download(url, to, sha256="00ff")
    assert to.read_bytes() == b"the former one"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    client().download(url, to, sha256=hashlib.sha256(BODY).hexdigest().upper())
    assert to.read_bytes() == BODY


def test_a_folder_that_cannot_be_written_is_told(server, client, tmp_path):
    (tmp_path / "a").write_text("a file, no folder")
    with pytest.raises(FetchError, match="cannot be written"):
        client().download(server.on("/a", file(BODY)), tmp_path / "a" / "b")
