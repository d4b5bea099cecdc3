//! Client for Amazon Bedrock: Converse and native model calls, whole and streamed.
