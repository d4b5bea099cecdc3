"""Calls every operation that boto3 has, one after the other, and prints what came of each: one JSON line an operation.

    boto3_operations.py URL MODEL [--bearer TOKEN] [--token SESSION_TOKEN]

What an operation is expected to give is said in `interop.rs`. An operation of the runtime that boto3 has and this file does
not know is printed as an error: the table there cannot fall behind the client.
"""

import argparse
import json
import os
import sys

arguments = argparse.ArgumentParser()
arguments.add_argument("url")
arguments.add_argument("model")
arguments.add_argument("--bearer")
arguments.add_argument("--token")
arguments = arguments.parse_args()

os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
for name in ("AWS_BEARER_TOKEN_BEDROCK", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
    os.environ.pop(name, None)
if arguments.bearer:
    os.environ["AWS_BEARER_TOKEN_BEDROCK"] = arguments.bearer
else:
    os.environ["AWS_ACCESS_KEY_ID"] = "ASIATEMP" if arguments.token else "AKIDEXAMPLE"
    os.environ["AWS_SECRET_ACCESS_KEY"] = "TEMPSECRET" if arguments.token else "SECRETEXAMPLE"
    if arguments.token:
        os.environ["AWS_SESSION_TOKEN"] = arguments.token

import boto3  # noqa: E402  The environment comes first.
from botocore.config import Config  # noqa: E402


def client(service):
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
    return boto3.client(service, region_name="us-east-1", endpoint_url=arguments.url, config=config)


runtime, agent, control = client("bedrock-runtime"), client("bedrock-agent-runtime"), client("bedrock")
PROMPT = "What is new?"
CONVERSATION = [{"role": "user", "content": [{"text": PROMPT}]}]
NATIVE = json.dumps(
    {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": PROMPT}],
    }
)
HEADERS = {
    "trace": "ENABLED",
    "guardrailIdentifier": "gr123",
    "guardrailVersion": "DRAFT",
    "performanceConfigLatency": "optimized",
    "serviceTier": "flex",
}
S3 = "s3://bucket/folder/"
remembered = {}


def converse():
    answer = runtime.converse(
        modelId=arguments.model,
        messages=CONVERSATION,
        performanceConfig={"latency": "optimized"},
        serviceTier={"type": "flex"},
        requestMetadata={"team": "blue"},
    )
    settings = [answer["performanceConfig"]["latency"], answer["serviceTier"]["type"]]
    blocks = answer["output"]["message"]["content"]
    return ["".join(block.get("text", "") for block in blocks), answer["stopReason"], *settings]


def converse_stream():
    text, stop, last = "", None, None
    for event in runtime.converse_stream(modelId=arguments.model, messages=CONVERSATION)["stream"]:
        text += event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
        stop = event.get("messageStop", {}).get("stopReason", stop)
        last = next(iter(event))
    return [text, stop, last]


def invoke_model():
    answer = runtime.invoke_model(
        modelId=arguments.model, body=NATIVE, contentType="application/json", accept="application/json", **HEADERS
    )
    body = json.loads(answer["body"].read())
    return [body["content"][0]["text"], body["stop_reason"], answer["performanceConfigLatency"], answer["serviceTier"]]


def invoke_model_with_response_stream():
    answer = runtime.invoke_model_with_response_stream(
        modelId=arguments.model, body=NATIVE, contentType="application/json", accept="application/json", **HEADERS
    )
    text, stop = "", None
    for event in answer["body"]:
        chunk = json.loads(event["chunk"]["bytes"])
        text += chunk.get("delta", {}).get("text", "")
        stop = chunk.get("delta", {}).get("stop_reason", stop)
    return [text, stop, answer["performanceConfigLatency"], answer["serviceTier"]]


def count_tokens():
    converse = runtime.count_tokens(modelId=arguments.model, input={"converse": {"messages": CONVERSATION}})
    native = runtime.count_tokens(modelId=arguments.model, input={"invokeModel": {"body": NATIVE}})
    return [converse["inputTokens"] > 0, native["inputTokens"] > 0]


def apply_guardrail():
    answer = runtime.apply_guardrail(
        guardrailIdentifier="arn:aws:bedrock:us-east-1:123456789012:guardrail/gr 1",
        guardrailVersion="DRAFT",
        source="INPUT",
        content=[{"text": {"text": "Write to ada@example.org"}}],
        outputScope="FULL",
    )
    return [answer["action"], answer["outputs"][0]["text"]]


def invoke_guardrail_checks():
    answer = runtime.invoke_guardrail_checks(
        messages=[{"role": "user", "content": [{"text": "guardrail-block ada@example.org"}]}],
        checks={
            "contentFilter": {"categories": [{"category": "HATE"}]},
            "sensitiveInformation": {"entities": [{"type": "EMAIL"}]},
        },
    )["results"]
    found = answer["sensitiveInformation"]["results"][0]
    return [answer["contentFilter"]["results"][0]["severityScore"] == 1, found["beginOffset"], found["endOffset"]]


def start_async_invoke():
    for _ in range(3):
        remembered["invocation"] = runtime.start_async_invoke(
            modelId="amazon.nova-reel-v1:0",
            modelInput={"taskType": "TEXT_VIDEO"},
            outputDataConfig={"s3OutputDataConfig": {"s3Uri": S3}},
            tags=[{"key": "team", "value": "blue"}],
        )["invocationArn"]
    return remembered["invocation"].split(":")[2:5]


def get_async_invoke():
    states = [runtime.get_async_invoke(invocationArn=remembered["invocation"]) for _ in range(2)]
    return [state["status"] for state in states] + [states[0]["submitTime"].year > 2020]


def list_async_invokes():
    pages = runtime.get_paginator("list_async_invokes").paginate(
        sortBy="SubmissionTime", sortOrder="Descending", PaginationConfig={"PageSize": 2}
    )
    return [len(page["asyncInvokeSummaries"]) for page in pages]


def rerank():
    texts = ["Bread is baked.", "The capital of Norway is Oslo.", "Fish swim."]
    answer = agent.rerank(
        queries=[{"type": "TEXT", "textQuery": {"text": "capital of Norway"}}],
        sources=[
            {"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": text}}} for text in texts
        ],
        rerankingConfiguration={
            "type": "BEDROCK_RERANKING_MODEL",
            "bedrockRerankingConfiguration": {
                "modelConfiguration": {"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/cohere.rerank-v3-5:0"},
                "numberOfResults": 1,
            },
        },
    )
    return [result["index"] for result in answer["results"]]


def list_foundation_models():
    found = control.list_foundation_models(byProvider="Anthropic", byOutputModality="TEXT")["modelSummaries"]
    return sorted({model["providerName"] for model in found})


def get_foundation_model():
    return control.get_foundation_model(modelIdentifier="amazon.nova-lite-v1:0")["modelDetails"]["modelId"]


def list_inference_profiles():
    pages = control.get_paginator("list_inference_profiles").paginate(PaginationConfig={"PageSize": 2})
    ids = [profile["inferenceProfileId"] for page in pages for profile in page["inferenceProfileSummaries"]]
    return all(name.startswith("us.") for name in ids) and len(ids) > 2


def get_inference_profile():
    name = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0"
    return control.get_inference_profile(inferenceProfileIdentifier=name)["inferenceProfileId"]


def create_model_invocation_job():
    for number in range(3):
        remembered["job"] = control.create_model_invocation_job(
            jobName=f"job-{number}",
            roleArn="arn:aws:iam::123456789012:role/batch",
            modelId=arguments.model,
            inputDataConfig={"s3InputDataConfig": {"s3Uri": S3}},
            outputDataConfig={"s3OutputDataConfig": {"s3Uri": S3}},
        )["jobArn"]
    return remembered["job"].split(":")[2:5]


def get_model_invocation_job():
    job = control.get_model_invocation_job(jobIdentifier=remembered["job"])
    return [job["status"], job["jobName"]]


def stop_model_invocation_job():
    control.stop_model_invocation_job(jobIdentifier=remembered["job"])
    return control.get_model_invocation_job(jobIdentifier=remembered["job"])["status"]


def list_model_invocation_jobs():
    pages = control.get_paginator("list_model_invocation_jobs").paginate(PaginationConfig={"PageSize": 2})
    return [len(page["invocationJobSummaries"]) for page in pages]


# In this order: some go on with what others began.
CALLS = [
    converse,
    converse_stream,
    invoke_model,
    invoke_model_with_response_stream,
    count_tokens,
    apply_guardrail,
    invoke_guardrail_checks,
    start_async_invoke,
    get_async_invoke,
    list_async_invokes,
    list_foundation_models,
    get_foundation_model,
    list_inference_profiles,
    get_inference_profile,
    create_model_invocation_job,
    get_model_invocation_job,
    stop_model_invocation_job,
    list_model_invocation_jobs,
]
if not arguments.bearer:
    # The agent runtime takes signatures only, and boto3 knows it.
    CALLS.append(rerank)

known = {call.__name__ for call in CALLS}
for name, operation in runtime.meta.method_to_api_mapping.items():
    if name not in known and hasattr(runtime, name):
        print(json.dumps({"operation": operation, "error": "nobody tries it"}))
for call in CALLS:
    line = {"operation": "".join(word.capitalize() for word in call.__name__.split("_"))}
    try:
        line["got"] = call()
    except Exception as error:  # noqa: BLE001  Whatever it is, it is the result.
        line["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(line))
sys.stdout.flush()
