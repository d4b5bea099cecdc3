// Anthropic's JavaScript clients for Bedrock: Messages through InvokeModel on the runtime, and by their own address on Mantle;
// whole and streamed. Prints one JSON line a call.
//
//     anthropic_operations.mjs URL MODEL [--bearer TOKEN]
//
// What a call is expected to give is said in `interop.rs`. The packages are found from the working directory.

import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const { AnthropicBedrock, AnthropicBedrockMantle } = require('@anthropic-ai/bedrock-sdk');

const [url, model, ...flags] = process.argv.slice(2);
const bearer = flags.includes('--bearer') ? flags[flags.indexOf('--bearer') + 1] : undefined;
process.env.AWS_EC2_METADATA_DISABLED = 'true';
process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';
delete process.env.AWS_BEARER_TOKEN_BEDROCK;

const settings = { awsRegion: 'us-east-1', maxRetries: 0, timeout: 20_000 };
const runtimeAccess = bearer ? { apiKey: bearer } : { awsAccessKey: 'AKIDEXAMPLE', awsSecretKey: 'SECRETEXAMPLE' };
const mantleAccess = bearer ? { apiKey: bearer } : { awsAccessKey: 'AKIDEXAMPLE', awsSecretAccessKey: 'SECRETEXAMPLE' };
const runtime = new AnthropicBedrock({ baseURL: url, ...settings, ...runtimeAccess });
const mantle = new AnthropicBedrockMantle({ baseURL: `${url}/anthropic`, ...settings, ...mantleAccess });
const request = { model, max_tokens: 64, messages: [{ role: 'user', content: 'What is new?' }] };

const whole = async (client) => {
  const message = await client.messages.create(request);
  return [message.content[0].text, message.stop_reason];
};
const streamed = async (client) => {
  let text = '';
  const message = await client.messages.stream(request).on('text', (piece) => { text += piece; }).finalMessage();
  if (text !== message.content[0].text) throw new Error(`${text} is not ${message.content[0].text}`);
  return [text, message.stop_reason];
};

for (const [operation, call, client] of [
  ['InvokeModel', whole, runtime],
  ['InvokeModelWithResponseStream', streamed, runtime],
  ['Messages', whole, mantle],
  ['MessagesStream', streamed, mantle],
]) {
  const line = { operation };
  try {
    line.got = await call(client);
  } catch (error) {
    line.error = `${error.name}: ${error.message}`;
  }
  console.log(JSON.stringify(line));
}
process.exit(0);
