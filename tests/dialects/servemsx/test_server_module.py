"""The module ``server``, function by function, over a real socket. Source: servemsx spec 5, 6."""

from __future__ import annotations

import json

import pytest

from dialects.servemsx.conftest import Served

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def failed(served: Served, source: str, **request: object) -> str:
    """The text of a run that failed, without its positions."""
    got = served.run('srv := import("server"); ' + source, **request)
    assert got.status == 500
    assert got.headers["x-content-type-options"] == "nosniff"
    return got.text.split("\n")[0]


class TestProperties:
    def test_values(self, served: Served) -> None:
        names = [
            "proto",
            "method",
            "host",
            "remote_addr",
            "uri",
            "version",
            "script",
            "plugin",
            "path",
            "base_url",
        ]
        members = ", ".join(f"{name}: srv.{name}" for name in names)
        found = json.loads(served.say(f"{{{members}}}", "o%20pa/x?a=%31"))
        assert found.pop("remote_addr").startswith("127.0.0.1:")
        assert found == {
            "proto": "HTTP/1.1",
            "method": "GET",
            "host": served.address,
            "uri": "/hello/o%20pa/x?a=%31",
            "version": "0.04.203",
            "script": "plugins/hello/main.tengo",
            "plugin": "hello",
            "path": "o pa/x",
            "base_url": f"http://{served.address}/hello/",
        }

    def test_below_a_prefix_every_address_has_it(self, served: Served) -> None:
        served.script(
            'srv := import("server"); srv.write(srv.base_url, " ", srv.host, " ", srv.uri, " ",'
            'srv.resolve_url("b"), " ", srv.resolve_url("/b"), " ", srv.parse_url().path)'
        )
        site = f"{served.address}/servemsx"
        assert served.get("/servemsx/hello/?x=1").text == (
            f"http://{site}/hello/ {site} /hello/?x=1 http://{site}/hello/b http://{site}/b "
            "/servemsx/hello/"
        )

    def test_headers_have_canonical_names_and_all_values(self, served: Served) -> None:
        found = json.loads(
            served.say("srv.header", headers={"x-multi-word": "a, b", "HOST": "other:1"})
        )
        assert found["X-Multi-Word"] == ["a, b"]
        assert "Host" not in found

    def test_the_module_is_immutable_and_has_24_members(self, served: Served) -> None:
        assert served.say("len(srv)") == "24"
        assert "not index-assignable" in failed(served, "srv.path = 1")

    def test_settings_is_a_plain_map(self, served: Served) -> None:
        assert served.say("func() { srv.settings.x = 1; return srv.settings.x }()") == "1"


class TestRead:
    def test_the_body_once(self, served: Served) -> None:
        source = "[string(srv.read()), string(srv.read())]"
        assert served.say(source, method="POST", body=b"abc") == '["abc",""]'

    def test_all_fields_body_first(self, served: Served) -> None:
        body = {"method": "POST", "body": b"a=9&b=x+y", "headers": FORM}
        assert json.loads(served.say("srv.read(false)", "?a=1&c", **body)) == {
            "a": ["9", "1"],
            "b": ["x y"],
            "c": [""],
        }
        assert json.loads(served.say("srv.read(true)", "?a=1", **body)) == {
            "a": ["9"],
            "b": ["x y"],
        }
        assert served.say("[srv.read(false), string(srv.read())]", "", **body).endswith(',""]')

    @pytest.mark.parametrize("kind", ["application/json", ""])
    def test_no_fields_in_another_body(self, served: Served, kind: str) -> None:
        body = {"method": "POST", "body": b"a=9", "headers": {"Content-Type": kind}}
        assert served.say("[srv.read(true), string(srv.read())]", "?a=1", **body) == '[{},"a=9"]'

    def test_one_field(self, served: Served) -> None:
        body = {"method": "POST", "body": b"a=9&e=", "headers": FORM}
        source = (
            '[srv.read("a"), srv.read("a", true), srv.read("q"), srv.read("q", 1), srv.read("e"), '
            'srv.read("none"), srv.read("")]'
        )
        found = json.loads(served.say(source, "?a=1&q=2", **body))
        assert found == ["9", "9", "2", None, "", None, None]

    def test_multipart_only_by_name(self, served: Served) -> None:
        body = (
            b'--B\r\nContent-Disposition: form-data; name="m"\r\n\r\nv\r\n'
            b'--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\ndata\r\n--B--\r\n'  # noqa: E501
        )
        sent = {
            "method": "POST",
            "body": body,
            "headers": {"Content-Type": "multipart/form-data; boundary=B"},
        }
        assert served.say('[srv.read("m"), srv.read(true)]', "", **sent) == '["v",{"m":["v"]}]'
        assert served.say('[srv.read(true), srv.read("m", true)]', "", **sent) == "[{},null]"

    def test_a_broken_multipart_body_has_no_fields(self, served: Served) -> None:
        sent = {
            "method": "POST",
            "body": b"nonsense",
            "headers": {"Content-Type": "multipart/form-data"},
        }
        assert served.say('srv.read("m")', "", **sent) == "null"

    @pytest.mark.parametrize("arg", ["undefined", "1", "[]"])
    def test_other_arguments(self, served: Served, arg: str) -> None:
        assert "argument 'first'" in (text := failed(served, f"srv.read({arg})"))
        assert "expected string/bool" in text

    def test_too_many(self, served: Served) -> None:
        assert failed(served, 'srv.read("a", true, 1)') == (
            "Runtime Error: wrong number of arguments in call to 'user-function:'"
        )


class TestWrite:
    def test_texts_of_values(self, served: Served) -> None:
        got = served.run(
            """import("server").write("a", 1.5, true, [1, "x"], 'c', error("e"), """
            """bytes("b"), undefined, immutable({a: 1}))"""
        )
        assert got.text == 'a1.5true[1, "x"]cerror: "e"b{a: 1}'
        assert got.headers["content-type"] == "text/plain; charset=utf-8"

    def test_headers(self, served: Served) -> None:
        got = served.run(
            'srv := import("server"); srv.write({"x-one": ["a", "b"], "X-Two": 2, "x-none": []});'
            'srv.write({"Server": "mine", "content-type": "text/x"}, "b")'
        )
        assert [v for k, v in got.lines if k == "x-one"] == ["a", "b"]
        assert got.headers["x-two"] == "2"
        assert "x-none" not in got.headers
        assert [v for k, v in got.lines if k == "server"] == ["mine"]
        assert got.headers["content-type"] == "text/x"

    def test_a_header_cannot_make_another(self, served: Served) -> None:
        got = served.run('import("server").write({"X": "a\\r\\nY: b", "bad name": "1"}, "")')
        assert got.headers["x"] == "a  Y: b"
        assert "y" not in got.headers
        assert "bad name" not in got.headers

    @pytest.mark.parametrize(
        ("arguments", "status", "body"),
        [
            ("404", 200, ""),
            ('404, "gone"', 404, "gone\n"),
            ("404, undefined", 404, ""),
            ('201, "made"', 201, "made"),
            ('204, ""', 204, ""),
            ('0, "zero"', 200, "zero"),
            ('-1, "less"', 200, "less"),
            ('99, "odd"', 500, "invalid WriteHeader code 99\n"),
            ('1000, "odd"', 500, "invalid WriteHeader code 1000\n"),
            ('418, "tea"', 418, "tea\n"),
        ],
    )
    def test_status(self, served: Served, arguments: str, status: int, body: str) -> None:
        got = served.run(f'import("server").write({arguments})')
        assert (got.status, got.text) == (status, body)

    def test_a_status_waits_within_its_own_call_only(self, served: Served) -> None:
        got = served.run('srv := import("server"); srv.write(404); srv.write("x")')
        assert (got.status, got.text) == (200, "x")

    def test_an_error_answer(self, served: Served) -> None:
        got = served.run('import("server").write(403, "no")')
        assert got.headers["content-type"] == "text/plain; charset=utf-8"
        assert got.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        ("to", "location"),
        [
            ("/z", "/z"),
            ("z", "/hello/sub/z"),
            ("../z?q=a/../b", "/hello/z?q=a/../b"),
            ("http://h/a b", "http://h/a b"),
            ("z/", "/hello/sub/z/"),
        ],
    )
    def test_a_redirect(self, served: Served, to: str, location: str) -> None:
        served.script(f'import("server").write(302, "{to}")')
        got = served.get("/hello/sub/x")
        assert (got.status, got.headers["location"]) == (302, location)
        assert got.text == f'<a href="{location}">Found</a>.\n\n'
        assert got.headers["content-type"] == "text/html; charset=utf-8"
        assert served.get("/hello/sub/x", "POST").body == b""

    @pytest.mark.parametrize(("late", "found"), [("{}", "map"), ("404", "int")])
    def test_headers_and_status_come_first(self, served: Served, late: str, found: str) -> None:
        got = served.run(f'srv := import("server"); srv.write("x"); srv.write("y", {late})')
        assert (got.status, got.text.split("\n")[0]) == (
            200,
            (
                "xyRuntime Error: invalid type for argument '1-th' in call to 'user-function:': "
                f"expected nor map or int, found {found}"
            ),
        )

    def test_nothing_written_still_begins(self, served: Served) -> None:
        assert "found int" in failed(served, "srv.write(undefined); srv.write(404)")

    def test_no_body_may_follow_some_statuses(self, served: Served) -> None:
        source = 'x := import("server").write(204, "x"); import("server").log_inf(x)'
        got = served.run(source)
        assert (got.status, got.body) == (204, b"")
        assert "does not allow body" in served.log()[-1]

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            ('{"a": 1}', "text/plain; charset=utf-8"),
            ("<html><p>", "text/html; charset=utf-8"),
            ("\\x00\\x01", "application/octet-stream"),
            ("\\x89PNG\\r\\n\\x1a\\n", "image/png"),
        ],
    )
    def test_the_type_is_sniffed(self, served: Served, body: str, kind: str) -> None:
        source = 'import("server").write("' + body.replace('"', '\\"') + '")'
        assert served.run(source).headers["content-type"] == kind

    def test_invalid_text_goes_out_as_it_is(self, served: Served) -> None:
        assert served.run('import("server").write("\\xff")').body == b"\xff"

    def test_an_empty_script(self, served: Served) -> None:
        got = served.run("")
        assert (got.status, got.body) == (200, b"")
        assert "content-type" not in got.headers


class TestPanic:
    @pytest.mark.parametrize(
        ("value", "status", "body"),
        [
            ("404", 404, "Not Found\n"),
            ("200", 200, "OK\n"),
            ("299", 299, "\n"),
            ("99", 500, "Internal Server Error\n"),
            ("1000", 500, "Internal Server Error\n"),
            ("-5", 500, "Internal Server Error\n"),
            ('"bad"', 500, "bad\n"),
            ('error("bad")', 500, 'error: "bad"\n'),
            ("1.5", 500, "1.5\n"),
            ("[1]", 500, "[1]\n"),
            ("{a: 1}", 500, "{a: 1}\n"),
            ("'c'", 500, "c\n"),
            ("true", 500, "true\n"),
            ("panic", 500, "<builtin-function>\n"),
            ("func() {}", 500, "<compiled-function>\n"),
            ('"\\xff"', 500, "\udcff\n"),
            ('""', 500, "\n"),
        ],
    )
    def test_of_any_value(self, served: Served, value: str, status: int, body: str) -> None:
        got = served.run(f"panic({value})")
        assert got.status == status
        assert got.body == body.encode("utf-8", "surrogateescape")
        assert got.headers["content-type"] == "text/plain; charset=utf-8"
        assert "main.tengo:1:1" in served.log()[-1]

    def test_of_undefined_is_nothing(self, served: Served) -> None:
        assert served.run('import("server").write(is_undefined(panic(undefined)))').text == "true"

    @pytest.mark.parametrize("arguments", ["", "1, 2"])
    def test_takes_one_argument(self, served: Served, arguments: str) -> None:
        assert failed(served, f"panic({arguments})") == (
            "Runtime Error: wrong number of arguments in call to 'builtin-function:panic'"
        )

    def test_after_output_the_text_is_appended(self, served: Served) -> None:
        got = served.run('import("server").write("part"); panic(404)')
        assert (got.status, got.text) == (200, "partNot Found\n")

    def test_it_is_a_variable(self, served: Served) -> None:
        assert served.run('panic = "own"; import("server").write(panic)').text == "own"
        served.write("hello", {"lib.tengo": "export panic"}, adopt=False)
        assert "unresolved reference 'panic'" in served.run('import("lib")').text


class TestAddresses:
    def test_encode(self, served: Served) -> None:
        source = (
            '[srv.encode_uri("a b/c?d&é+"), srv.encode_uri("a b/c?d&é+", true), '
            'srv.encode_uri({b: "2", a: ["1", "x y"]}, true), srv.encode_uri({})]'
        )
        assert json.loads(served.say(source)) == [
            "a+b%2Fc%3Fd%26%C3%A9%2B",
            "a%20b%2Fc%3Fd&%C3%A9+",
            "a=1&a=x+y&b=2",
            "",
        ]
        assert "expected string/map, found immutable-map" in failed(
            served, "srv.encode_uri(immutable({}))"
        )
        assert "wrong number" in failed(served, "srv.encode_uri()")

    def test_decode(self, served: Served) -> None:
        source = (
            '[srv.decode_uri("a%20b+c"), srv.decode_uri("a%20b+c", true), '
            'string(srv.decode_uri("%zz"))]'
        )
        assert json.loads(served.say(source)) == [
            "a b c",
            "a b+c",
            'error: "invalid URL escape \\"%zz\\""',
        ]
        assert "expected string, found int" in failed(served, "srv.decode_uri(1)")

    def test_parse(self, served: Served) -> None:
        found = json.loads(served.say('srv.parse_url("http://u:p@h:8/a%20b?x=1&x=2#f%20g")'))
        assert found == {
            "scheme": "http", "opaque": "", "user": "u", "pass": "p", "host": "h:8",
            "path": "/a b", "raw_path": "/a%20b", "query": {"x": ["1", "2"]},
            "raw_query": "x=1&x=2", "fragment": "f g", "raw_fragment": "f%20g",
        }  # fmt: skip
        own = json.loads(served.say("srv.parse_url()", "x?y=1"))
        assert (own["host"], own["path"], own["query"]) == (
            served.address,
            "/hello/x",
            {"y": ["1"]},
        )
        assert "pass" not in own
        empty = json.loads(served.say("srv.parse_url(undefined)"))
        assert set(map(str, empty.values())) == {"", "{}"}
        assert served.say('string(srv.parse_url("http://[::1"))') == json.dumps(
            'error: "parse \\"http://[::1\\": missing \']\' in host"'
        )

    def test_resolve_has_the_base_first(self, served: Served) -> None:
        source = '[srv.resolve_url("http://a/b/c", "d"), srv.resolve_url("../b"), srv.resolve_url("http://z/")]'
        assert json.loads(served.say(source, "t.tengo")) == [
            "http://a/b/d",
            f"http://{served.address}/b",
            "http://z/",
        ]
        assert "argument 'second'" in failed(served, 'srv.resolve_url("a", 1)')
        assert "argument 'first'" in failed(served, "srv.resolve_url(undefined)")
        assert "missing protocol scheme" in served.say('string(srv.resolve_url("::", "a"))')


class TestMemory:
    def test_is_shared_by_scripts_and_kept_by_reference(self, served: Served) -> None:
        served.add(
            main_tengo='srv := import("server"); m := srv.memory(); '
            "if m { m.n += 1 } else { m = {n: 1}; srv.memory(m); m.n = 5 }; srv.write(string(m.n))",
            other_tengo='srv := import("server"); srv.write(string(srv.memory().n))',
        )
        assert [served.get("/hello/").text for _ in range(3)] == ["5", "6", "7"]
        assert served.get("/hello/other.tengo").text == "7"
        running = served.host.registry.running("hello")
        assert running is not None
        assert running.runtime.memory_bytes > 0

    def test_each_plugin_has_its_own(self, served: Served) -> None:
        served.script('srv := import("server"); srv.memory(1)')
        served.script('srv := import("server"); srv.write(is_undefined(srv.memory()))', "second")
        served.get("/hello/")
        assert served.get("/second/").text == "true"

    def test_a_function_that_was_kept_can_be_called(self, served: Served) -> None:
        served.run('n := 40; import("server").memory({f: func(x) { n += 1; return n + x }})')
        source = 'srv := import("server"); srv.write(string(srv.memory().f(1)))'
        assert served.run(source).text == "42"
        assert served.run(source).text == "43"

    def test_a_writer_that_was_kept_writes_nothing(self, served: Served) -> None:
        served.run('srv := import("server"); srv.memory(srv.write)')
        got = served.run(
            'srv := import("server"); x := srv.memory(); srv.write(is_error(x("late")))'
        )
        assert got.text == "true"

    def test_undefined_clears_and_two_arguments_are_too_many(self, served: Served) -> None:
        assert served.say("func() { srv.memory(1); srv.memory(undefined); return srv.memory() }()")
        assert "wrong number" in failed(served, "srv.memory(1, 2)")


class TestFile:
    def test_write_read_remove(self, served: Served) -> None:
        source = (
            '[srv.file("w.txt"), srv.file("w.txt", "text"), string(srv.file("w.txt")), '
            'srv.file("w.txt", bytes("b")), string(srv.file("/w.txt")), srv.file("w.txt", 12), '
            'string(srv.file("./w.txt")), srv.file("w.txt", undefined), srv.file("w.txt")]'
        )
        assert json.loads(served.say(source)) == [
            None, None, "text", None, "b", None, "12", None, None,
        ]  # fmt: skip
        assert not (served.plugins / "hello" / "w.txt").exists()

    @pytest.mark.parametrize(
        ("call", "text"),
        [
            ('"dir"', "read plugins/hello/dir: is a directory"),
            ('"none/w", "x"', "open plugins/hello/none/w: no such file or directory"),
            ('"none", undefined', "remove plugins/hello/none: no such file or directory"),
            ('"dir", "x"', "open plugins/hello/dir: is a directory"),
            ('"", "x"', None),
            ("undefined", None),
        ],
    )
    def test_what_cannot_be(self, served: Served, call: str, text: str | None) -> None:
        served.write("hello", {"dir/x": ""}, adopt=False)
        if text is None:
            assert "expected not empty, found empty" in failed(served, f"srv.file({call})")
        else:
            assert json.loads(served.say(f"srv.file({call}).value")) == text

    @pytest.mark.parametrize(
        "path", ["../../settings.json", "..", "a/../../x", "link", "linked/x", "dir/../../x"]
    )
    def test_nothing_outside_is_read_or_written(self, served: Served, path: str) -> None:
        folder = served.write("hello", {"dir/x": ""}, adopt=False)
        secret = served.plugins.parent / "settings.json"
        secret.write_text("secret")
        (folder / "link").symlink_to(secret)
        (folder / "linked").symlink_to(served.plugins.parent)
        for arguments in (f'"{path}"', f'"{path}", "mine"', f'"{path}", undefined'):
            found = served.say(f"srv.file({arguments}).value")
            assert "outside of the plugin's folder" in found
        assert secret.read_text() == "secret"
        assert not (served.plugins / "x").exists()

    def test_a_rooted_path_stays_inside(self, served: Served) -> None:
        served.write("hello", {"x": "own"}, adopt=False)
        assert served.say('string(srv.file("/../../x"))') == '"own"'

    def test_a_name_with_a_zero_byte(self, served: Served) -> None:
        found = json.loads(served.say('srv.file("a\\x00b").value'))
        assert found == "open plugins/hello/a\x00b: invalid argument"


class TestLogs:
    def test_lines(self, served: Served) -> None:
        served.run(
            'srv := import("server"); srv.log_err("a", 1, undefined, [2]); srv.log_inf();'
            'srv.write(is_undefined(srv.log_inf("b\\nc")))'
        )
        assert served.log() == ["error a 1  [2]", "info ", "info b\nc"]
