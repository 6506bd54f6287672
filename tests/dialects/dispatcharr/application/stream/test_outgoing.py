from __future__ import annotations

import asyncio

from jackfield.dialects.dispatcharr.application.stream.outgoing import http_client
from provider_of_streams import Behaviour, Provider


def test_no_connection_is_kept_after_its_answer(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(packets=10)

    async def main() -> None:
        async with http_client(connect=5, read=5) as http:
            for _ in range(3):
                answer = await http.get(f"{provider.url}/a")
                assert len(answer.content) == 1880

    asyncio.run(main())
    assert provider.opened == {"/a": 3}
