"""Anthropic's clients for Bedrock: Messages through InvokeModel on the runtime, and by their own address on Mantle; whole
and streamed. Prints one JSON line a call.

    anthropic_operations.py URL MODEL [--bearer TOKEN]

What a call is expected to give is said in `interop.rs`.
"""

import json
import os
import sys

url, model, *flags = sys.argv[1:]
bearer = flags[flags.index("--bearer") + 1] if "--bearer" in flags else None
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

from anthropic import AnthropicBedrock, AnthropicBedrockMantle  # noqa: E402  The environment comes first.

access = {"api_key": bearer} if bearer else {"aws_access_key": "AKIDEXAMPLE", "aws_secret_key": "SECRETEXAMPLE"}
settings = {"aws_region": "us-east-1", "max_retries": 0, "timeout": 20.0, **access}
runtime = AnthropicBedrock(base_url=url, **settings)
mantle = AnthropicBedrockMantle(base_url=f"{url}/anthropic", **settings)
request = {"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": "What is new?"}]}


def whole(client):
    message = client.messages.create(**request)
    return [message.content[0].text, message.stop_reason]


def streamed(client):
    with client.messages.stream(**request) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert text == message.content[0].text
    return [text, message.stop_reason]


for operation, call, client in [
    ("InvokeModel", whole, runtime),
    ("InvokeModelWithResponseStream", streamed, runtime),
    ("Messages", whole, mantle),
    ("MessagesStream", streamed, mantle),
]:
    line = {"operation": operation}
    try:
        line["got"] = call(client)
    except Exception as error:  # noqa: BLE001  Whatever it is, it is the result.
        line["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(line))
