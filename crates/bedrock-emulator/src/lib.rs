//! A local Amazon Bedrock endpoint over real HTTP: scripted answers, replay, faults.
