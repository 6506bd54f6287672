from __future__ import annotations

import logging

import pytest

from jackfield.web.logs import quieten_logs


@pytest.mark.parametrize("name", ["uvicorn.access", "uvicorn.error"])
def test_tokens_in_addresses_are_blanked(name: str, caplog: pytest.LogCaptureFixture) -> None:
    quieten_logs()
    quieten_logs()
    logger = logging.getLogger(name)
    logger.propagate = True
    with caplog.at_level(logging.INFO, name):
        logger.info(
            '%s - "WebSocket %s" [accepted]', "me", "/api/chat/socket?token=jfu_abc&since=1"
        )
        logger.info('"GET /x?accessToken=%s HTTP/1.1"', "jfu_abc")
        logger.info("plain %s", "words")
    assert "jfu_abc" not in caplog.text
    assert "/api/chat/socket?token=***&since=1" in caplog.text
    assert "accessToken=***" in caplog.text
    assert "plain words" in caplog.text
