//! HTTP transport for Amazon Bedrock: endpoints, signatures, bearer tokens, streaming bodies, typed errors.
