//! Serves until it is stopped, and prints its address on the first line.
//!
//! `cargo run -p bedrock-emulator --example serve -- [--listen ADDR] [--verify KEY:SECRET[:TOKEN]]… [--bearer TOKEN]…
//! [--region R] [--replay DIR] [--fault SPEC] [--pace none]`; with feature `self-signed` also `--tls CERTIFICATE_FILE`, where
//! the certificate to trust is written.

use std::error::Error;

use bedrock_emulator::{Answer, Emulator, Pace};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut builder = Emulator::builder();
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        builder = match name.as_str() {
            "--listen" => builder.listen(value),
            "--verify" => builder.credentials(value.parse()?),
            "--bearer" => builder.bearer(value),
            "--region" => builder.region(value),
            "--replay" => builder.replay(value),
            "--fault" => builder.answer(value.parse::<Answer>()?),
            "--pace" if value == "none" => builder.pace(Pace::none()),
            #[cfg(feature = "self-signed")]
            "--tls" => {
                let (certificate, key) = bedrock_emulator::self_signed_certificate()?;
                std::fs::write(value, &certificate)?;
                builder.tls(certificate, key)
            }
            _ => return Err(format!("{name} {value}: not known").into()),
        };
    }
    let server = builder.start().await?;
    println!("{}", server.url());
    server.wait().await;
    Ok(())
}
