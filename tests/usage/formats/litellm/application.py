"""An application that calls models through LiteLLM, whose own logger reports the calls to a ledger.

Started by a test as a process of its own: ``python application.py <endpoint> <API key> <log format>``.
"""

import asyncio
import importlib
import os
import sys
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # Prices come with the package; nothing is downloaded.


async def main(*, endpoint: str, api_key: str, log_format: str) -> None:
    # Imported by name: the package is large, and the type checker has no business in it.
    litellm: Any = importlib.import_module("litellm")
    module = importlib.import_module("litellm.integrations.generic_api.generic_api_callback")
    headers = {"Authorization": f"Bearer {api_key}"}
    logger = module.GenericAPILogger(endpoint=endpoint, headers=headers, log_format=log_format)
    litellm.callbacks = [logger]
    who = {
        "user_api_key_user_id": "bob",
        "user_api_key_team_id": "research",
        "user_api_key_project_id": "search",
        "tags": ["feature:chat"],
    }
    prompt = [{"role": "user", "content": "What is our secret?"}]
    ask = litellm.acompletion
    await ask(model="gpt-4o", messages=prompt, mock_response="Nobody may know.", metadata=who)
    stream = await ask(
        model="claude-sonnet-4-5", messages=prompt, mock_response="A long answer, bit by bit.", stream=True
    )
    async for _chunk in stream:
        pass
    try:
        await ask(
            model="gpt-4o", messages=prompt, mock_response=Exception("the secret was refused"), metadata=who
        )
    except Exception:
        pass
    async with asyncio.timeout(20):
        # LiteLLM reports from a task of its own, a little later.
        while len(logger.log_queue) < 3:
            await asyncio.sleep(0.05)
    await logger.async_send_batch()


if __name__ == "__main__":
    asyncio.run(main(endpoint=sys.argv[1], api_key=sys.argv[2], log_format=sys.argv[3]))
