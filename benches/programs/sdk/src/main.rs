//! The smallest program that streams an answer, with AWS's SDK.

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ContentBlockDelta, ConversationRole, ConverseStreamOutput, Message,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model_id = std::env::args().nth(1).ok_or("the model's id is missing")?;
    let client = Client::new(&aws_config::load_from_env().await);
    let question = ContentBlock::Text("Why is the sky blue?".to_owned());
    let message = Message::builder().role(ConversationRole::User).content(question).build()?;
    let mut answer = client.converse_stream().model_id(model_id).messages(message).send().await?.stream;
    while let Some(event) = answer.recv().await? {
        if let ConverseStreamOutput::ContentBlockDelta(delta) = event
            && let Some(ContentBlockDelta::Text(text)) = delta.delta
        {
            println!("{text}");
        }
    }
    Ok(())
}
