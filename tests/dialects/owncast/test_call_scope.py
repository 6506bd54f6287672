from __future__ import annotations

import threading

import pytest

from jackfield.dialects.owncast.call_scope import CallScope, RequestScope


def test_a_scope_ends_with_its_block_even_when_that_fails() -> None:
    scope = CallScope()
    request = RequestScope()
    assert (scope.inside, scope.request) == (False, None)
    with pytest.raises(KeyError), scope.enter(request):
        assert (scope.inside, scope.request) == (True, request)
        raise KeyError
    assert (scope.inside, scope.request) == (False, None)


def test_another_thread_is_not_inside() -> None:
    scope = CallScope()
    seen: list[bool] = []
    with scope.enter():
        thread = threading.Thread(target=lambda: seen.append(scope.inside))
        thread.start()
        thread.join()
    assert seen == [False]
