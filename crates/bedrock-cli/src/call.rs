//! What the commands that call have in common: the client, and printing an answer.

use std::io::{self, Write};

use bedrock_emulator::Emulator;
use bedrock_llm::{
    Answer, AnswerStream, Client, ClientBuilder, Credentials, Environment, Error, Event, Service,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::Connection;
use crate::exit::Exit;
use crate::output::{cannot_write, note, print};

/// What plain http means for calls that are signed.
pub(crate) const SIGNED_IN_THE_CLEAR: &str = "requests go over plain http to another machine: what is asked and answered can be read and changed on the way";

/// A client, and the endpoint inside this process that it calls, if it was asked to.
pub(crate) struct Caller {
    pub(crate) client: Client,
    // Never read: the endpoint ends when it is dropped.
    _local: Option<Emulator>,
}

impl Caller {
    pub(crate) async fn connect(connection: &Connection) -> Result<Self, Exit> {
        Self::connect_as(connection, false).await
    }

    /// For what takes signatures only: a bearer token is not in the way of a profile then.
    pub(crate) async fn connect_to_sign(connection: &Connection) -> Result<Self, Exit> {
        Self::connect_as(connection, true).await
    }

    async fn connect_as(connection: &Connection, signs_only: bool) -> Result<Self, Exit> {
        if connection.local {
            return Self::connect_local(connection).await;
        }
        let environment = Environment::from_process();
        let mut builder = Client::builder()
            .environment(environment.clone())
            .allow_insecure_bearer(connection.allow_insecure_bearer);
        if let Some(region) = &connection.region {
            builder = builder.region(region);
        }
        if let Some(url) = &connection.endpoint_url {
            builder = builder.endpoint(url);
        }
        let builder = with_chain(builder, connection, &environment, signs_only).await?;
        let client = builder.build()?;
        let (service, is_signed) = match signs_only {
            true => (Service::AgentRuntime, true),
            false => (Service::Runtime, environment.bearer_token().is_none()),
        };
        // Only where it is signed: the client refuses to send a token so, and its
        // error says how to allow it.
        if is_signed && client.transport().is_exposed(service).unwrap_or(false) {
            // Stderr may be closed; then there is nobody to warn.
            let _ = writeln!(io::stderr(), "warning: {SIGNED_IN_THE_CLEAR}");
        }
        Ok(Self { client, _local: None })
    }

    /// The endpoint checks signatures, so that the call goes the whole way.
    async fn connect_local(connection: &Connection) -> Result<Self, Exit> {
        if connection.endpoint_url.is_some() || connection.profile.is_some() {
            return Err(Exit::usage(
                "--local calls an endpoint of its own: it goes with no other, nor with a profile",
            ));
        }
        let region = connection.region.as_deref().unwrap_or("us-east-1");
        let started = Emulator::builder().verify("AKIDLOCAL", "local").region(region).start().await;
        let local = started.map_err(Exit::local)?;
        let credentials = Credentials::new("AKIDLOCAL", "local");
        let builder = Client::builder().region(region).endpoint(local.url()).credentials(credentials);
        Ok(Self { client: builder.build()?, _local: Some(local) })
    }
}

/// AWS's own chain, where a profile is named or the environment has neither a token nor a key. With a token it is never
/// asked for credentials. The chain is also asked for the region, where one is needed and none is given.
#[cfg(feature = "aws-config")]
async fn with_chain(
    mut builder: ClientBuilder,
    connection: &Connection,
    environment: &Environment,
    signs_only: bool,
) -> Result<ClientBuilder, Exit> {
    use bedrock_llm::{Auth, http::CachedCredentials};

    // A token wins over `--profile`, except for calls that cannot use it.
    let has_token = environment.bearer_token().is_some() && !(signs_only && connection.profile.is_some());
    let has_endpoint = connection.endpoint_url.is_some()
        || environment.endpoint(Service::Runtime).map_err(Exit::usage)?.is_some();
    let is_regionless = connection.region.is_none() && environment.region().is_none();
    // A token with an endpoint that is given needs none.
    if is_regionless
        && !(has_token && has_endpoint)
        && let Some(region) = chain(connection).find_region().await.map_err(Exit::usage)?
    {
        builder = builder.region(region);
    }
    if has_token
        || (connection.profile.is_none() && environment.credentials().map_err(Exit::usage)?.is_some())
    {
        // The client finds these in the environment by itself.
        return Ok(builder);
    }
    Ok(builder.auth(Auth::sigv4(CachedCredentials::new(chain(connection)))))
}

/// The chain as the arguments have it.
#[cfg(feature = "aws-config")]
pub(crate) fn chain(connection: &Connection) -> bedrock_llm::http::AwsChain {
    let mut chain = bedrock_llm::http::AwsChain::new();
    if let Some(profile) = &connection.profile {
        chain = chain.profile(profile);
    }
    if let Some(region) = &connection.region {
        chain = chain.region(region);
    }
    chain
}

#[cfg(not(feature = "aws-config"))]
async fn with_chain(
    builder: ClientBuilder,
    connection: &Connection,
    _: &Environment,
    _: bool,
) -> Result<ClientBuilder, Exit> {
    match connection.profile {
        Some(_) => {
            Err(Exit::usage("--profile needs the feature `aws-config`, without which this command was built"))
        }
        None => Ok(builder),
    }
}

/// The document that `bedrock aggregate` prints. It is written as it is: as a tree, what was kept unread would take many times the room.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    pub(crate) file: Option<&'a str>,
    #[serde(flatten)]
    pub(crate) answer: &'a Answer,
    /// Where in its file a log or a batch job's output has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// Which record of a batch job it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) record_id: Option<Value>,
}

/// The document of an answer, from a file or none.
pub(crate) fn document<'a>(file: Option<&'a str>, answer: &'a Answer) -> Document<'a> {
    Document { file, answer, line: None, record_id: None }
}

/// The end of a call that had this answer: whatever it lacks, something of it arrived.
pub(crate) fn end_of(answer: &Answer) -> Result<(), Exit> {
    answer.completeness.missing().map_or(Ok(()), |missing| {
        Err(Exit::new(Exit::INCOMPLETE, format!("the answer is not complete; {missing}")))
    })
}

/// Prints the text of a stream as it arrives, and gives the whole answer.
pub(crate) async fn print_text(mut answer: AnswerStream) -> Result<Answer, Exit> {
    let mut out = io::stdout();
    let mut at_line_start = true;
    let mut failed = None;
    while let Some(event) = answer.next().await {
        match event {
            Ok(Event::TextDelta(text)) => {
                at_line_start = text.ends_with('\n');
                out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(cannot_write)?;
            }
            Ok(Event::ToolUseStart(call)) => note(format_args!("[calls {}]", call.name)),
            Ok(_) => {}
            // Nothing comes behind it; kept until the line of text has its end.
            Err(error) => failed = Some(error),
        }
    }
    if !at_line_start {
        writeln!(out).map_err(cannot_write)?;
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(answer.finish()?),
    }
}

/// Prints an answer, or as much of it as arrived, as a document.
pub(crate) fn print_result(result: Result<Answer, Error>) -> Result<(), Exit> {
    match result {
        Ok(answer) => print(&document(None, &answer)),
        Err(error) => {
            match error.partial().filter(|partial| partial.native.is_some()) {
                // A service's exception within a stream has both: what arrived of the
                // answer is worth more.
                Some(partial) => print(&document(None, partial))?,
                None if error.service().is_some() => print(&json!({
                    "error": {
                        "type": error.error_type(),
                        "message": error.service().and_then(|service| service.message()),
                        "status": error.status().map(|status| status.as_u16()),
                        "request_id": error.request_id(),
                    }
                }))?,
                None => {}
            }
            Err(error.into())
        }
    }
}
