// Calls every operation that the JavaScript SDK's runtime client has, and prints what came of each: one JSON line an operation.
//
//     sdk_operations.mjs URL MODEL [--http1] [--bearer TOKEN] [--token SESSION_TOKEN]
//
// What an operation is expected to give is said in `interop.rs`. A command that the SDK has and this file does not know is
// printed as an error. The packages are found from the working directory.

import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const sdk = require('@aws-sdk/client-bedrock-runtime');
const { NodeHttpHandler } = require('@smithy/node-http-handler');

const [url, model, ...flags] = process.argv.slice(2);
const value = (flag) => (flags.includes(flag) ? flags[flags.indexOf(flag) + 1] : undefined);
const bearer = value('--bearer');
const sessionToken = value('--token');

process.env.AWS_EC2_METADATA_DISABLED = 'true';
process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';
delete process.env.AWS_BEARER_TOKEN_BEDROCK;
const settings = { region: 'us-east-1', endpoint: url, maxAttempts: 1 };
if (bearer) process.env.AWS_BEARER_TOKEN_BEDROCK = bearer;
else if (sessionToken) settings.credentials = { accessKeyId: 'ASIATEMP', secretAccessKey: 'TEMPSECRET', sessionToken };
else settings.credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'SECRETEXAMPLE' };
// Without it the SDK speaks HTTP/2 with prior knowledge.
if (flags.includes('--http1')) settings.requestHandler = new NodeHttpHandler();

const client = new sdk.BedrockRuntimeClient(settings);
const send = (command) => client.send(command, { abortSignal: AbortSignal.timeout(20_000) });
const prompt = 'What is new?';
const messages = [{ role: 'user', content: [{ text: prompt }] }];
const native = JSON.stringify({
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 64,
  messages: [{ role: 'user', content: prompt }],
});
const headers = {
  contentType: 'application/json',
  accept: 'application/json',
  trace: 'ENABLED',
  guardrailIdentifier: 'gr123',
  guardrailVersion: 'DRAFT',
  performanceConfigLatency: 'optimized',
  serviceTier: 'flex',
};
const read = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
let invocation;

const calls = {
  async Converse() {
    const answer = await send(new sdk.ConverseCommand({
      modelId: model,
      messages,
      performanceConfig: { latency: 'optimized' },
      serviceTier: { type: 'flex' },
      requestMetadata: { team: 'blue' },
    }));
    const text = answer.output.message.content.map((block) => block.text ?? '').join('');
    return [text, answer.stopReason, answer.performanceConfig.latency, answer.serviceTier.type];
  },
  async ConverseStream() {
    let text = '', stop, last;
    const answer = await send(new sdk.ConverseStreamCommand({ modelId: model, messages }));
    for await (const event of answer.stream) {
      text += event.contentBlockDelta?.delta?.text ?? '';
      stop = event.messageStop?.stopReason ?? stop;
      [last] = Object.keys(event);
    }
    return [text, stop, last];
  },
  async InvokeModel() {
    const answer = await send(new sdk.InvokeModelCommand({ modelId: model, body: native, ...headers }));
    const body = read(answer.body);
    return [body.content[0].text, body.stop_reason, answer.performanceConfigLatency, answer.serviceTier];
  },
  async InvokeModelWithResponseStream() {
    let text = '', stop;
    const answer = await send(new sdk.InvokeModelWithResponseStreamCommand({ modelId: model, body: native, ...headers }));
    for await (const event of answer.body) {
      const chunk = read(event.chunk.bytes);
      text += chunk.delta?.text ?? '';
      stop = chunk.delta?.stop_reason ?? stop;
    }
    return [text, stop, answer.performanceConfigLatency, answer.serviceTier];
  },
  async InvokeModelWithBidirectionalStream() {
    async function* input() {
      for (const name of ['sessionStart', 'promptStart', 'sessionEnd']) {
        yield { chunk: { bytes: new TextEncoder().encode(JSON.stringify({ event: { [name]: {} } })) } };
      }
    }
    const answer = await send(new sdk.InvokeModelWithBidirectionalStreamCommand({ modelId: 'amazon.nova-sonic-v1:0', body: input() }));
    const events = [];
    for await (const event of answer.body) events.push(Object.keys(read(event.chunk.bytes).event)[0]);
    return events;
  },
  async CountTokens() {
    const converse = await send(new sdk.CountTokensCommand({ modelId: model, input: { converse: { messages } } }));
    const body = new TextEncoder().encode(native);
    const invoke = await send(new sdk.CountTokensCommand({ modelId: model, input: { invokeModel: { body } } }));
    return [converse.inputTokens > 0, invoke.inputTokens > 0];
  },
  async ApplyGuardrail() {
    const answer = await send(new sdk.ApplyGuardrailCommand({
      guardrailIdentifier: 'arn:aws:bedrock:us-east-1:123456789012:guardrail/gr 1',
      guardrailVersion: 'DRAFT',
      source: 'INPUT',
      content: [{ text: { text: 'Write to ada@example.org' } }],
      outputScope: 'FULL',
    }));
    return [answer.action, answer.outputs[0].text];
  },
  async InvokeGuardrailChecks() {
    const { results } = await send(new sdk.InvokeGuardrailChecksCommand({
      messages: [{ role: 'user', content: [{ text: 'guardrail-block ada@example.org' }] }],
      checks: {
        contentFilter: { categories: [{ category: 'HATE' }] },
        sensitiveInformation: { entities: [{ type: 'EMAIL' }] },
      },
    }));
    const found = results.sensitiveInformation.results[0];
    return [results.contentFilter.results[0].severityScore === 1, found.beginOffset, found.endOffset];
  },
  async StartAsyncInvoke() {
    for (let n = 0; n < 3; n++) {
      const answer = await send(new sdk.StartAsyncInvokeCommand({
        modelId: 'amazon.nova-reel-v1:0',
        modelInput: { taskType: 'TEXT_VIDEO' },
        outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://bucket/folder/' } },
        tags: [{ key: 'team', value: 'blue' }],
      }));
      invocation = answer.invocationArn;
    }
    return invocation.split(':').slice(2, 5);
  },
  async GetAsyncInvoke() {
    const first = await send(new sdk.GetAsyncInvokeCommand({ invocationArn: invocation }));
    const second = await send(new sdk.GetAsyncInvokeCommand({ invocationArn: invocation }));
    return [first.status, second.status, first.submitTime.getFullYear() > 2020];
  },
  async ListAsyncInvokes() {
    const lengths = [];
    const pages = sdk.paginateListAsyncInvokes({ client, pageSize: 2 }, { sortBy: 'SubmissionTime', sortOrder: 'Descending' });
    for await (const page of pages) lengths.push(page.asyncInvokeSummaries.length);
    return lengths;
  },
};

for (const name of Object.keys(sdk)) {
  const operation = name.replace(/Command$/, '');
  if (/^[A-Z]\w+Command$/.test(name) && !calls[operation]) console.log(JSON.stringify({ operation, error: 'nobody tries it' }));
}
for (const [operation, call] of Object.entries(calls)) {
  // Streams in both directions are HTTP/2 alone, and this SDK asks for credentials for them even where it has a token.
  if (operation === 'InvokeModelWithBidirectionalStream' && (bearer || flags.includes('--http1'))) continue;
  const line = { operation };
  try {
    line.got = await call();
  } catch (error) {
    line.error = `${error.name}: ${error.message}`;
  }
  console.log(JSON.stringify(line));
}
process.exit(0);
