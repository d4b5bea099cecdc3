//! StartAsyncInvoke, GetAsyncInvoke and ListAsyncInvokes. Nothing is computed and nothing written to any bucket: a job is in
//! progress when it is first read and completed from then on.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::query::{Query, missing};
use crate::clock;
use crate::digest::{hex, sha256};
use crate::error::ServiceError;
use crate::exchange::Call;
use crate::lock::lock;

/// How many jobs are remembered.
const MAX_JOBS: usize = 1_000;

/// The jobs of one server, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<VecDeque<Job>>);

#[derive(Debug, Clone)]
struct Job {
    arn: String,
    model_arn: String,
    token: Option<String>,
    output: Value,
    submitted: i64,
    reads: u32,
}

impl Jobs {
    /// The same token starts the same job once.
    pub(super) fn start(&self, call: &Call) -> Result<Value, ServiceError> {
        let body = &call.json;
        let model = body["modelId"].as_str().filter(|id| !id.is_empty()).ok_or_else(|| missing("modelId"))?;
        if !body["modelInput"].is_object() {
            return Err(missing("modelInput"));
        }
        let uri = body["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].as_str();
        uri.filter(|uri| uri.starts_with("s3://"))
            .ok_or_else(|| missing("outputDataConfig.s3OutputDataConfig.s3Uri"))?;
        let token = body["clientRequestToken"].as_str().map(str::to_owned);

        let mut jobs = lock(&self.0);
        if let Some(job) = jobs.iter().find(|job| token.is_some() && job.token == token) {
            return Ok(json!({"invocationArn": job.arn}));
        }
        // The same body twice is two jobs. Beyond `MAX_JOBS` the number stays the same: two such
        // jobs would share an ARN.
        let unique = [&call.body[..], &jobs.len().to_be_bytes()].concat();
        let arn =
            format!("arn:aws:bedrock:us-east-1:123456789012:async-invoke/{}", &hex(&sha256(&unique))[..12]);
        let model_arn = if model.starts_with("arn:") {
            model.to_owned()
        } else {
            format!("arn:aws:bedrock:us-east-1::foundation-model/{model}")
        };
        jobs.push_back(Job {
            arn: arn.clone(),
            model_arn,
            token,
            output: body["outputDataConfig"].clone(),
            submitted: clock::unix_seconds(SystemTime::now()),
            reads: 0,
        });
        if jobs.len() > MAX_JOBS {
            jobs.pop_front();
        }
        Ok(json!({"invocationArn": arn}))
    }

    pub(super) fn get(&self, call: &Call) -> Result<Value, ServiceError> {
        let arn = call.segments.first().map_or("", String::as_str);
        let mut jobs = lock(&self.0);
        let job = jobs.iter_mut().find(|job| job.arn == arn);
        let job = job.ok_or_else(|| {
            ServiceError::new("ResourceNotFoundException", format!("There is no invocation {arn}."))
        })?;
        // The first read finds it in progress, so that a client's loop goes round once.
        job.reads = job.reads.saturating_add(1);
        Ok(job.describe())
    }

    pub(super) fn list(&self, call: &Call) -> Result<Value, ServiceError> {
        let query = Query::of(call);
        let mut found: Vec<Value> = lock(&self.0).iter().map(Job::describe).collect();
        found.retain(|job| {
            query.allows("statusEquals", &job["status"])
                && query.allows_time("submitTimeAfter", "submitTimeBefore", &job["submitTime"])
        });
        query.page("asyncInvokeSummaries", found)
    }
}

impl Job {
    fn describe(&self) -> Value {
        let submitted = clock::extended(self.submitted);
        let mut job = json!({
            "invocationArn": self.arn,
            "modelArn": self.model_arn,
            "status": if self.reads > 1 { "Completed" } else { "InProgress" },
            "submitTime": submitted,
            "lastModifiedTime": submitted,
            "outputDataConfig": self.output,
        });
        if let Some(token) = &self.token {
            job["clientRequestToken"] = json!(token);
        }
        if self.reads > 1 {
            job["endTime"] = json!(submitted);
        }
        job
    }
}
