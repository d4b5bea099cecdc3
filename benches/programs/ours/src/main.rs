//! The smallest program that streams an answer, with this project.

use bedrock_llm::{Client, Event};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model_id = std::env::args().nth(1).ok_or("the model's id is missing")?;
    let client = Client::from_env().await?;
    let mut answer = client.converse_stream(model_id, "Why is the sky blue?").await?;
    while let Some(event) = answer.next().await {
        if let Event::TextDelta(text) = event? {
            println!("{text}");
        }
    }
    answer.finish()?;
    Ok(())
}
