"""OpenAI's client with its provider for Bedrock: Chat Completions and Responses on the runtime and on Mantle, whole and
streamed. Prints one JSON line a call; nothing at all where the package (`openai[bedrock]`) is not installed.

    openai_operations.py URL MODEL [--bearer TOKEN]

What a call is expected to give is said in `interop.rs`.
"""

import json
import os
import sys

url, model, *flags = sys.argv[1:]
bearer = flags[flags.index("--bearer") + 1] if "--bearer" in flags else None
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

try:
    from openai import OpenAI
    from openai.providers.bedrock import bedrock
except ImportError:
    sys.exit(0)

access = {"api_key": bearer} if bearer else {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "SECRETEXAMPLE"}


def client(endpoint, path):
    provider = bedrock(endpoint=endpoint, region="us-east-1", base_url=url + path, **access)
    return OpenAI(provider=provider, max_retries=0, timeout=20.0)


QUESTION = {"model": model, "messages": [{"role": "user", "content": "What is new?"}]}


def chat(openai):
    choice = openai.chat.completions.create(**QUESTION).choices[0]
    return [choice.message.content, choice.finish_reason]


def chat_stream(openai):
    text, stop, usage = "", None, None
    for chunk in openai.chat.completions.create(**QUESTION, stream=True, stream_options={"include_usage": True}):
        for choice in chunk.choices:
            text += choice.delta.content or ""
            stop = choice.finish_reason or stop
        usage = chunk.usage or usage
    return [text, stop, usage is not None and usage.total_tokens > 0]


def responses(openai):
    response = openai.responses.create(model=model, input="What is new?")
    return [response.output_text, response.status]


def responses_stream(openai):
    text, last = "", None
    for event in openai.responses.create(model=model, input="What is new?", stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
        last = event
    assert text == last.response.output_text
    return [text, last.response.status, last.type]


for endpoint, path in [("runtime", "/openai/v1"), ("mantle", "/openai/v1"), ("mantle", "/v1")]:
    openai = client(endpoint, path)
    for operation, call in [
        ("ChatCompletions", chat),
        ("ChatCompletionsStream", chat_stream),
        ("Responses", responses),
        ("ResponsesStream", responses_stream),
    ]:
        line = {"operation": operation}
        try:
            line["got"] = call(openai)
        except Exception as error:  # noqa: BLE001  Whatever it is, it is the result.
            line["error"] = f"{endpoint} {path}: {type(error).__name__}: {error}"
        print(json.dumps(line))
