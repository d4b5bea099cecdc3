//! CreateModelInvocationJob and the operations on such a job. Nothing is read from any bucket and nothing computed: a job moves
//! on by one state each time it is read, until it is completed or stopped.

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
const STATES: &[&str] = &["Submitted", "Validating", "Scheduled", "InProgress", "Completed"];

/// The jobs of one server, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<VecDeque<Job>>);

#[derive(Debug, Clone)]
struct Job {
    arn: String,
    request: Value,
    submitted: i64,
    state: usize,
    /// `Stopping`, then `Stopped`.
    stopped: Option<&'static str>,
}

impl Jobs {
    /// The same token makes the same job once; the same name with another token is a conflict.
    pub(super) fn create(&self, call: &Call) -> Result<Value, ServiceError> {
        let body = &call.json;
        for member in ["jobName", "roleArn", "modelId"] {
            body[member].as_str().filter(|text| !text.is_empty()).ok_or_else(|| missing(member))?;
        }
        for (place, pointer) in [
            ("inputDataConfig", "/inputDataConfig/s3InputDataConfig/s3Uri"),
            ("outputDataConfig", "/outputDataConfig/s3OutputDataConfig/s3Uri"),
        ] {
            let uri = body.pointer(pointer).and_then(Value::as_str);
            uri.filter(|uri| uri.starts_with("s3://")).ok_or_else(|| missing(place))?;
        }
        let mut jobs = lock(&self.0);
        let token = &body["clientRequestToken"];
        if let Some(job) =
            jobs.iter().find(|job| token.is_string() && job.request["clientRequestToken"] == *token)
        {
            return Ok(json!({"jobArn": job.arn}));
        }
        if jobs.iter().any(|job| job.request["jobName"] == body["jobName"]) {
            let message = format!("A job of the name {} exists.", body["jobName"]);
            return Err(ServiceError::new("ConflictException", message));
        }
        let unique = [&call.body[..], &jobs.len().to_be_bytes()].concat();
        let id = &hex(&sha256(&unique))[..12];
        let arn = format!("arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/{id}");
        let submitted = clock::unix_seconds(SystemTime::now());
        jobs.push_back(Job { arn: arn.clone(), request: body.clone(), submitted, state: 0, stopped: None });
        if jobs.len() > MAX_JOBS {
            jobs.pop_front();
        }
        Ok(json!({"jobArn": arn}))
    }

    pub(super) fn get(&self, call: &Call) -> Result<Value, ServiceError> {
        self.with_job(call, |job| {
            // As it was before this read moved it on: the first says `Submitted`.
            let described = job.describe();
            job.state = (job.state + 1).min(STATES.len() - 1);
            job.stopped = job.stopped.map(|_| "Stopped");
            Ok(described)
        })
    }

    pub(super) fn stop(&self, call: &Call) -> Result<Value, ServiceError> {
        self.with_job(call, |job| {
            if job.status() == "Completed" {
                return Err(ServiceError::new("ConflictException", "The job is completed."));
            }
            // Stopping twice is no error; a job that has ended is another matter.
            job.stopped.get_or_insert("Stopping");
            Ok(json!({}))
        })
    }

    pub(super) fn list(&self, call: &Call) -> Result<Value, ServiceError> {
        let query = Query::of(call);
        let mut found: Vec<Value> = lock(&self.0).iter().map(Job::describe).collect();
        found.retain(|job| {
            let name = job["jobName"].as_str().unwrap_or_default();
            query.allows("statusEquals", &job["status"])
                && query.allows_time("submitTimeAfter", "submitTimeBefore", &job["submitTime"])
                && query.text("nameContains").is_none_or(|part| name.contains(&part))
        });
        query.page("invocationJobSummaries", found)
    }

    fn with_job(
        &self,
        call: &Call,
        act: impl FnOnce(&mut Job) -> Result<Value, ServiceError>,
    ) -> Result<Value, ServiceError> {
        let wanted = call.segments.first().map_or("", String::as_str);
        let mut jobs = lock(&self.0);
        let job = jobs.iter_mut().find(|job| job.arn == wanted || job.arn.rsplit('/').next() == Some(wanted));
        act(job.ok_or_else(|| {
            ServiceError::new("ResourceNotFoundException", format!("There is no job {wanted}."))
        })?)
    }
}

impl Job {
    fn status(&self) -> &'static str {
        self.stopped.unwrap_or(STATES[self.state])
    }

    fn describe(&self) -> Value {
        let mut job = self.request.clone();
        let submitted = clock::extended(self.submitted);
        job["jobArn"] = json!(self.arn);
        job["status"] = json!(self.status());
        job["submitTime"] = json!(submitted);
        job["lastModifiedTime"] = json!(submitted);
        if matches!(self.status(), "Completed" | "Stopped") {
            job["endTime"] = json!(submitted);
        }
        job
    }
}
