//! What the command takes: names and meanings of the arguments. Not for: doing anything with them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Decode, aggregate, call and serve Amazon Bedrock streams.
#[derive(Debug, Parser)]
#[command(
    name = "bedrock",
    version,
    about,
    after_help = "Exit codes: 0 complete; 2 wrong arguments or settings; 3 an answer that is \
    not complete; 4 bad input; 5 the service refused; 6 the transport failed; 7 this machine failed, as by a full disk. \
    If anything of an answer arrived, even only its first event, a call ends with 3, whatever broke it; 5 and 6 mean that \
    nothing did. `aggregate` ends with 4 where bytes, a chunk or a member could not be read. \
    A reader of a pipe that leaves is no failure."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Decode an event stream: one JSON document a frame.
    Frames(Frames),
    /// Fold recorded streams into their answers: one JSON document a file.
    Aggregate(Aggregate),
    /// Ask a model, by Converse.
    Converse(Converse),
    /// Call a model with a body of its own format, by InvokeModel.
    Invoke(Invoke),
    /// Talk to a model at the prompt.
    Chat(Chat),
    /// Turn texts into vectors: one JSON document a text.
    Embed(Embed),
    /// Rank documents by how well they answer a question: one JSON document each, the best first.
    Rerank(Rerank),
    /// Serve a local endpoint that answers like Bedrock; its address is the first line.
    Serve(Serve),
    /// Show which credentials, region and endpoint win, and why.
    Doctor(Doctor),
}

/// `bedrock frames`.
#[derive(Debug, Args)]
pub(crate) struct Frames {
    /// The stream; `-` or nothing for stdin.
    pub(crate) file: Option<PathBuf>,
}

/// `bedrock aggregate`.
#[derive(Debug, Args)]
pub(crate) struct Aggregate {
    /// The streams; `-` or nothing for stdin.
    pub(crate) files: Vec<PathBuf>,
    /// The format, where it is not to be detected: converse, anthropic, nova, …
    #[arg(long)]
    pub(crate) format: Option<String>,
    /// The framing, where it is not to be detected.
    #[arg(long)]
    pub(crate) framing: Option<FramingName>,
    /// The model that answered; it breaks ties between formats.
    #[arg(long)]
    pub(crate) model_id: Option<String>,
    /// Print the live events instead, one a line.
    #[arg(long, conflicts_with = "view")]
    pub(crate) events: bool,
    /// What to print of an answer.
    #[arg(long, value_enum, default_value_t = View::Answer)]
    pub(crate) view: View,
    /// The run that AG-UI's events are said to belong to; the file's name unless given.
    #[arg(long)]
    pub(crate) run_id: Option<String>,
}

/// What is printed of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum View {
    /// All: completeness, the native answer, the reply, what Bedrock measured.
    Answer,
    /// The document that Opik's tracing shows: `{"body": …}`.
    Opik,
    /// The live events as AG-UI's JSON, one a line.
    Agui,
    /// The live events as six simple ones: text, a tool call's start, input and end, error, done.
    Simple,
}

/// The framings by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FramingName {
    /// AWS event stream.
    Eventstream,
    /// Server-sent events.
    Sse,
    /// One chunk a line.
    Jsonl,
    /// One document: an array of chunks, or a whole response.
    Json,
}

/// Where calls go and who makes them.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Connection {
    /// The region; otherwise `AWS_REGION` or `AWS_DEFAULT_REGION` decides.
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// The endpoint; otherwise `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, `AWS_ENDPOINT_URL` or the region decides.
    #[arg(long)]
    pub(crate) endpoint_url: Option<String>,
    /// The profile of AWS's shared configuration to take credentials and region from.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Send a bearer token over plain http to another machine, or by way of a proxy on one, where others can read it.
    #[arg(long)]
    pub(crate) allow_insecure_bearer: bool,
    /// Start an endpoint inside this process and call that: no account needed.
    #[arg(long)]
    pub(crate) local: bool,
}

/// `bedrock converse`.
#[derive(Debug, Args)]
pub(crate) struct Converse {
    /// The model, profile or ARN to ask.
    #[arg(long)]
    pub(crate) model_id: String,
    /// The system prompt.
    #[arg(long)]
    pub(crate) system: Option<String>,
    /// The most tokens to generate.
    #[arg(long)]
    pub(crate) max_tokens: Option<u64>,
    /// The temperature: how random the answer may be, 0 to 1.
    #[arg(long)]
    pub(crate) temperature: Option<f64>,
    /// A JSON file with the tools to offer: Converse's `toolConfig`, or a list of its tools.
    #[arg(long)]
    pub(crate) tools: Option<PathBuf>,
    /// Wait for the whole answer.
    #[arg(long)]
    pub(crate) no_stream: bool,
    /// Print the answer as `bedrock aggregate` does.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The prompt; `-` or nothing for stdin.
    pub(crate) prompt: Option<String>,
}

/// `bedrock invoke`.
#[derive(Debug, Args)]
pub(crate) struct Invoke {
    /// The model, profile or ARN to call.
    #[arg(long)]
    pub(crate) model_id: String,
    /// The body: JSON, or a file that holds it, or `-` for stdin.
    #[arg(long)]
    pub(crate) body: Option<String>,
    /// Stream the answer, and fold it. Without `--json` only the first message of the stream is printed.
    #[arg(long)]
    pub(crate) stream: bool,
    /// Print the answer as `bedrock aggregate` does.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// `bedrock chat`.
#[derive(Debug, Args)]
pub(crate) struct Chat {
    /// The model, profile or ARN to talk to.
    #[arg(long)]
    pub(crate) model_id: String,
    /// The system prompt.
    #[arg(long)]
    pub(crate) system: Option<String>,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// `bedrock doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Ask for the credentials as the first call would: over the network, where they come from there.
    #[arg(long)]
    pub(crate) ask: bool,
    /// Print JSON also at a terminal.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `bedrock embed`.
#[derive(Debug, Args)]
pub(crate) struct Embed {
    /// The model, profile or ARN to ask.
    #[arg(long)]
    pub(crate) model_id: String,
    /// A file with a text a line: as it stands, or as JSON (`"…"`, or an object with `text`); `-` for stdin.
    #[arg(long, conflicts_with = "texts")]
    pub(crate) batch: Option<PathBuf>,
    /// What the vectors are for, where the model makes a difference.
    #[arg(long, value_enum, default_value_t = Purpose::Document)]
    pub(crate) purpose: Purpose,
    /// How many numbers a vector has, where the model lets one choose.
    #[arg(long)]
    pub(crate) dimensions: Option<u64>,
    /// Which end of a text that is too long for the model is cut off.
    #[arg(long, value_enum, default_value_t = Truncate::None)]
    pub(crate) truncate: Truncate,
    /// Which family the model belongs to, where its id does not say: titan-text, cohere-v4, …
    #[arg(long)]
    pub(crate) family: Option<String>,
    /// Leave the texts out of what is printed.
    #[arg(long)]
    pub(crate) no_text: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The texts; nothing for stdin, a text a line.
    pub(crate) texts: Vec<String>,
}

/// What vectors are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    /// To be found.
    Document,
    /// To find.
    Query,
    /// To sort into classes.
    Classification,
    /// To be grouped.
    Clustering,
}

/// Which end of a text that is too long is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Truncate {
    /// Neither: the service refuses the text.
    None,
    /// Its beginning, and the end is embedded.
    Start,
    /// Its end, and the beginning is embedded.
    End,
}

/// `bedrock rerank`.
#[derive(Debug, Args)]
pub(crate) struct Rerank {
    /// The model to ask, or its ARN.
    #[arg(long)]
    pub(crate) model_id: String,
    /// The question.
    #[arg(long)]
    pub(crate) query: String,
    /// How many of the best to print.
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<u64>,
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// A document a line: as it stands, or as JSON (`"…"` or an object); `-` or nothing for stdin.
    pub(crate) file: Option<PathBuf>,
}

/// `bedrock serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) addr: String,
    /// Answer from a folder of recordings.
    #[arg(long)]
    pub(crate) replay: Option<PathBuf>,
    /// Refuse what is not signed with this key: `KEY:SECRET` or `KEY:SECRET:SESSION_TOKEN`. May be given again.
    #[arg(long, value_name = "KEY:SECRET")]
    pub(crate) verify: Vec<String>,
    /// Refuse what does not carry this bearer token. May be given again.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) bearer: Vec<String>,
    /// A fault to put into every answer; `help` lists the faults.
    #[arg(long, value_name = "SPEC")]
    pub(crate) fault: Option<String>,
}
