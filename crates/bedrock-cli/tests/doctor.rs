//! `bedrock doctor`: what it tells wins, and a call in the same surroundings does just that.

#![cfg(feature = "aws-config")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;
use std::process::Command;

use crate::common::{Run, command, finish};
use bedrock_emulator::Emulator;
use serde_json::Value;

const CONFIG: &str = "[default]\nregion = eu-north-1\naws_access_key_id = DEFAULTKEY\naws_secret_access_key = FILEHIDDEN\n\
    [profile keys]\naws_access_key_id = FILEKEY\naws_secret_access_key = FILEHIDDEN\n\
    [profile process]\nregion = eu-west-3\n\
    credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"PROCKEY\",\"SecretAccessKey\":\"PROCHIDDEN\"}'\n\
    [profile empty]\nregion = us-west-1\n\
    [profile half]\naws_access_key_id = HALFKEY\n\
    [profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = process\n\
    [profile lost]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = nowhere\n\
    [profile circle]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = circle2\n\
    [profile circle2]\nrole_arn = arn:aws:iam::111122223333:role/y\nsource_profile = circle\n\
    [profile box]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Ec2InstanceMetadata\n\
    [profile web]\nrole_arn = arn:aws:iam::111122223333:role/w\nweb_identity_token_file = /token\n\
    [profile sso]\nsso_session = dev\nsso_account_id = 111122223333\nsso_role_name = r\n\
    [profile sso-lost]\nsso_session = prod\nsso_account_id = 111122223333\nsso_role_name = r\n\
    [profile sso-old]\nsso_account_id = 1\nsso_role_name = r\nsso_region = us-east-1\nsso_start_url = https://x\n\
    [sso-session dev]\nsso_region = us-east-1\nsso_start_url = https://dev.example\n";

/// A folder with the shared configuration, gone when the test is over.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("bedrock-doctor-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config"), CONFIG).unwrap();
        Self(folder)
    }

    fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = command(arguments);
        command.env("AWS_CONFIG_FILE", self.0.join("config")).env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied());
        command
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let run = finish(self.command(arguments, variables).spawn().unwrap(), b"");
        for secret in ["HIDDEN", "TOKENVALUE", "hunter2"] {
            let said = format!("{} {}", run.stdout, run.stderr);
            assert!(!said.contains(secret), "{arguments:?} {variables:?}: {said}");
        }
        run
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The value of the finding of this name, and of what it is.
fn found(run: &Run, what: &str, of: Option<&str>) -> Value {
    let documents = run.documents();
    let finding =
        documents.iter().find(|finding| finding["what"] == what && of.is_none_or(|of| finding["of"] == of));
    finding.map_or(Value::Null, |finding| finding["value"].clone())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

const ID: (&str, &str) = ("AWS_ACCESS_KEY_ID", "ENVKEY");
const SECRET: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "ENVHIDDEN");
const SESSION: (&str, &str) = ("AWS_SESSION_TOKEN", "SESSIONHIDDEN");
const TOKEN: (&str, &str) = ("AWS_BEARER_TOKEN_BEDROCK", "TOKENVALUE");
const NO_FILES: (&str, &str) = ("AWS_CONFIG_FILE", "/nowhere");

/// A profile named in the environment.
const fn profile(name: &'static str) -> (&'static str, &'static str) {
    ("AWS_PROFILE", name)
}

/// What wins, and who the service then hears: what of the request's `authorization` tells it, or the exit code.
#[test]
fn who_wins_is_who_calls() {
    let home = Home::new("who");
    let server = Emulator::builder().start_blocking().unwrap();
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], [&'a str; 3], &'a str);
    let rows: &[Row<'_>] = &[
        // (arguments, variables, [winner, its value, region], who calls)
        (&[], &[], ["profile", "key DEFAULTKEY", "eu-north-1"], "DEFAULTKEY"),
        (&[], &[ID, SECRET], ["keys in the environment", "ENVKEY", "eu-north-1"], "ENVKEY"),
        (&[], &[ID, SECRET, SESSION], ["keys in the environment", "ENVKEY", "eu-north-1"], "ENVKEY"),
        (&[], &[ID, SECRET, TOKEN], ["bearer token", "***", "eu-north-1"], "Bearer"),
        (&["--profile", "keys"], &[TOKEN], ["bearer token", "***", "-"], "Bearer"),
        (&[], &[ID, TOKEN], ["bearer token", "***", "eu-north-1"], "Bearer"),
        (
            &[],
            &[("AWS_BEARER_TOKEN_BEDROCK", " "), ID, SECRET],
            ["keys in the environment", "ENVKEY", "eu-north-1"],
            "ENVKEY",
        ),
        (&["--profile", "process"], &[ID, SECRET], ["profile", "credential_process", "eu-west-3"], "PROCKEY"),
        (&["--profile", "process"], &[ID], ["profile", "credential_process", "eu-west-3"], "PROCKEY"),
        (
            &["--profile", "process", "--region", "us-east-2"],
            &[],
            ["profile", "credential_process", "us-east-2"],
            "PROCKEY",
        ),
        (&[], &[profile("process")], ["profile", "credential_process", "eu-west-3"], "PROCKEY"),
        (
            &[],
            &[profile("process"), ID, SECRET],
            ["keys in the environment", "ENVKEY", "eu-west-3"],
            "ENVKEY",
        ),
        (
            &["--profile", "keys"],
            &[profile("process"), ("AWS_REGION", "us-east-1")],
            ["profile", "key FILEKEY", "us-east-1"],
            "FILEKEY",
        ),
        (
            &[],
            &[("AWS_DEFAULT_REGION", "us-west-2"), ("AWS_REGION", "us-east-1")],
            ["profile", "key DEFAULTKEY", "us-east-1"],
            "DEFAULTKEY",
        ),
        (
            &[],
            &[("AWS_DEFAULT_REGION", "us-west-2")],
            ["profile", "key DEFAULTKEY", "us-west-2"],
            "DEFAULTKEY",
        ),
        // Nobody has any.
        (&["--region", "us-east-1"], &[NO_FILES], ["-", "-", "us-east-1"], "2"),
        (&[], &[profile("empty")], ["-", "-", "us-west-1"], "2"),
        // Set wrongly: told, and no other source stands in.
        (&[], &[ID], ["-", "-", "eu-north-1"], "2"),
        (&["--profile", "empty"], &[ID, SECRET], ["-", "-", "us-west-1"], "2"),
        (&["--profile", "nobody", "--region", "us-east-1"], &[ID, SECRET], ["-", "-", "us-east-1"], "2"),
        (&["--region", "us-east-1"], &[profile("half")], ["-", "-", "us-east-1"], "2"),
        (&["--region", "us-east-1"], &[profile("lost")], ["-", "-", "us-east-1"], "2"),
        (&["--region", "us-east-1"], &[profile("circle")], ["-", "-", "us-east-1"], "2"),
    ];
    for (arguments, variables, [winner, value, region], who) in rows {
        let shown = format!("{arguments:?} {variables:?}");
        let doctor = home.run(&[&["doctor"], *arguments].concat(), variables);
        assert_eq!(text(&found(&doctor, "credentials", None)), *winner, "{shown}: {}", doctor.stdout);
        let documents = doctor.documents();
        let wins: Vec<_> = documents.iter().filter(|finding| finding["wins"] == true).collect();
        assert_eq!(wins.len(), usize::from(*winner != "-"), "{shown}");
        assert_eq!(wins.first().map_or("-", |finding| text(&finding["value"])), *value, "{shown}");
        assert_eq!(text(&found(&doctor, "region", None)), *region, "{shown}");
        let has_problem = documents.iter().any(|finding| finding["problem"] == true);
        assert_eq!(doctor.code, if has_problem { 2 } else { 0 }, "{shown}: {}", doctor.stderr);

        server.clear();
        let url = server.url();
        let call =
            [&["converse", "--model-id", "amazon.nova-lite-v1:0", "--endpoint-url", &url, "Hi"], *arguments];
        let run = home.run(&call.concat(), variables);
        let heard =
            server.requests().first().map(|seen| seen.headers["authorization"].to_str().unwrap().to_owned());
        match heard {
            None => assert_eq!(run.code.to_string(), *who, "{shown}: {}", run.stderr),
            Some(heard) => {
                let scope = heard.split_once("Credential=").map_or("Bearer/-/-", |(_, scope)| scope);
                let parts: Vec<_> = scope.split('/').collect();
                assert_eq!((parts[0], run.code), (*who, 0), "{shown}: {}", run.stderr);
                assert!(parts[2] == *region || parts[0] == "Bearer", "{shown}: {scope}");
            }
        }
    }
}

/// What the chain would find where it is not asked: sources that need a network, and what is wrong with them.
#[test]
fn sources_are_told_without_asking() {
    let home = Home::new("sources");
    let file = home.0.join("config");
    let file = file.to_str().unwrap();
    let role = ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/web");
    let on = ("AWS_EC2_METADATA_DISABLED", "false");
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, bool);
    let rows: &[Row<'_>] = &[
        // (variables, source, what is told of it, whether it wins)
        (
            &[profile("role")],
            "profile",
            "role arn:aws:iam::111122223333:role/x, assumed with profile \"process\": credential_process",
            true,
        ),
        (
            &[profile("box")],
            "profile",
            "role arn:aws:iam::111122223333:role/x, assumed with the credentials of Ec2InstanceMetadata",
            true,
        ),
        (
            &[profile("web")],
            "profile",
            "role arn:aws:iam::111122223333:role/w, by the web identity in \"/token\"",
            true,
        ),
        (&[profile("sso")], "profile", "SSO session \"dev\"", true),
        (&[profile("sso-old")], "profile", "SSO", true),
        (&[profile("sso-lost")], "profile", "-", false),
        (&[NO_FILES, role, ("AWS_WEB_IDENTITY_TOKEN_FILE", file)], "web identity", role.1, true),
        (&[NO_FILES, ("AWS_WEB_IDENTITY_TOKEN_FILE", file)], "web identity", "-", false),
        (&[NO_FILES, role, ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")], "web identity", "-", false),
        (
            &[NO_FILES, ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/task?id=hunter2")],
            "container",
            "/task",
            true,
        ),
        (
            &[NO_FILES, ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://a:hunter2@127.0.0.1/x")],
            "container",
            "http://***@127.0.0.1/x",
            true,
        ),
        (&[NO_FILES, on], "instance", "its role, if there is one", true),
        (&[on], "instance", "its role, if there is one", false),
        (&[NO_FILES], "instance", "-", false),
    ];
    for (variables, source, value, wins) in rows {
        let run = home.run(&["doctor"], variables);
        let documents = run.documents();
        let told = documents.iter().find(|told| told["what"] == "source" && told["of"] == *source).unwrap();
        assert_eq!((text(&told["value"]), &told["wins"]), (*value, &Value::from(*wins)), "{variables:?}");
        let order: Vec<_> =
            documents.iter().filter(|told| told["what"] == "source").map(|told| text(&told["of"])).collect();
        let all =
            ["bearer token", "keys in the environment", "profile", "web identity", "container", "instance"];
        assert_eq!(order, all);
    }
}

#[test]
fn where_it_goes_and_who_decided() {
    let home = Home::new("where");
    let west = ("AWS_REGION", "eu-west-1");
    let all = ("AWS_ENDPOINT_URL", "http://all:1");
    let runtime = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://runtime:2/path/");
    let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], [&'a str; 2], [&'a str; 2]);
    let rows: &[Row<'_>] = &[
        // (arguments, variables, runtime and who decided, agent runtime and who decided)
        (
            &[],
            &[west],
            ["https://bedrock-runtime.eu-west-1.amazonaws.com", "the region's own"],
            ["https://bedrock-agent-runtime.eu-west-1.amazonaws.com", "the region's own"],
        ),
        (
            &[],
            &[west, all],
            ["http://all:1", "AWS_ENDPOINT_URL is set"],
            ["http://all:1", "AWS_ENDPOINT_URL is set"],
        ),
        (
            &[],
            &[west, all, runtime],
            ["http://runtime:2/path", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME is set"],
            ["http://all:1", "AWS_ENDPOINT_URL is set"],
        ),
        (
            &["--endpoint-url", "http://flag:3"],
            &[west, all, runtime],
            ["http://flag:3", "--endpoint-url wins over everything"],
            ["http://flag:3", "--endpoint-url wins over everything"],
        ),
        (
            &["--region", "cn-north-1"],
            &[west, all, ignore, ("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")],
            [
                "https://bedrock-runtime-fips.cn-north-1.api.amazonwebservices.com.cn",
                "the region's own; AWS_USE_FIPS_ENDPOINT is true; AWS_USE_DUALSTACK_ENDPOINT is true; \
                 AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true",
            ],
            [
                "https://bedrock-agent-runtime-fips.cn-north-1.api.amazonwebservices.com.cn",
                "the region's own",
            ],
        ),
        (
            &[],
            &[NO_FILES, runtime],
            ["http://runtime:2/path", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME is set"],
            ["-", "there is no region to go by"],
        ),
    ];
    for (arguments, variables, runtime, agent) in rows {
        let run = home.run(&[&["doctor"], *arguments].concat(), variables);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let documents = run.documents();
        for (of, [value, why]) in [("bedrock-runtime", runtime), ("bedrock-agent-runtime", agent)] {
            let told = documents.iter().find(|told| told["what"] == "endpoint" && told["of"] == of).unwrap();
            assert_eq!(text(&told["value"]), *value, "{arguments:?} {variables:?}");
            assert!(text(&told["why"]).starts_with(why), "{arguments:?} {variables:?}: {told}");
        }
    }
    for (arguments, variable, said) in [
        (&["--endpoint-url", "https://user:hunter2@host"][..], west, "user name"),
        (&["--endpoint-url", "host"], west, "URL"),
        (&[], ("AWS_USE_FIPS_ENDPOINT", "ture"), "AWS_USE_FIPS_ENDPOINT"),
        (&["--endpoint-url", "http://x"], ("AWS_USE_FIPS_ENDPOINT", "true"), "exclude each other"),
        (&[], ("AWS_CA_BUNDLE", "/nowhere/at-all.pem"), "AWS_CA_BUNDLE"),
        (&["--region", "not a region"], west, "not a region"),
    ] {
        let run = home.run(&[&["doctor"], arguments].concat(), &[variable, TOKEN]);
        assert_eq!(run.code, 2, "{arguments:?} {variable:?}");
        assert!(run.stderr.contains(said), "{arguments:?} {variable:?}: {}", run.stderr);
        assert_eq!(text(&found(&run, "credentials", None)), "bearer token", "the rest is told all the same");
    }
}

/// What can be read on its way, and that a call does the same.
#[test]
fn plain_http_to_another_machine() {
    let home = Home::new("plain");
    let west = ("AWS_REGION", "eu-west-1");
    let keys: &[(&str, &str)] = &[west, ID, SECRET];
    let token: &[(&str, &str)] = &[west, TOKEN];
    let proxy = ("HTTP_PROXY", "http://proxy.invalid:1");
    let here = ["--endpoint-url", "http://127.0.0.1:1"];
    type Row<'a> = (&'a [&'a str], Vec<(&'a str, &'a str)>, [&'a str; 2], i32);
    let rows: Vec<Row<'_>> = vec![
        // (arguments, variables, [of the runtime, of the agent runtime], exit code of the doctor)
        (&[], keys.to_vec(), ["-", "-"], 0),
        (&here, token.to_vec(), ["-", "-"], 0),
        (&["--endpoint-url", "http://localhost:1"], token.to_vec(), ["-", "-"], 0),
        (&["--endpoint-url", "https://host.invalid"], token.to_vec(), ["-", "-"], 0),
        (&["--endpoint-url", "http://host.invalid"], keys.to_vec(), ["warning", "warning"], 0),
        (&["--endpoint-url", "http://host.invalid"], token.to_vec(), ["refused", "warning"], 2),
        (
            &["--endpoint-url", "http://host.invalid", "--allow-insecure-bearer"],
            token.to_vec(),
            ["allowed", "warning"],
            0,
        ),
        (&[], [token, &[("AWS_ENDPOINT_URL", "http://host.invalid")]].concat(), ["refused", "warning"], 2),
        (&here, [token, &[proxy]].concat(), ["refused", "warning"], 2),
        (&here, [token, &[proxy, ("NO_PROXY", "127.0.0.1")]].concat(), ["-", "-"], 0),
    ];
    for (arguments, variables, want, code) in rows {
        let run = home.run(&[&["doctor"], arguments].concat(), &variables);
        assert_eq!(run.code, code, "{arguments:?} {variables:?}: {}", run.stderr);
        // Once, though several services are concerned.
        assert_eq!(run.stderr.matches("bearer token").count(), usize::from(code == 2), "{}", run.stderr);
        let documents = run.documents();
        let told = ["bedrock-runtime", "bedrock-agent-runtime"].map(|of| {
            let told = documents.iter().find(|told| told["what"] == "plain http" && told["of"] == of);
            told.map_or("-", |told| told["value"].as_str().unwrap_or("refused"))
        });
        assert_eq!(told, want, "{arguments:?} {variables:?}");
        if !arguments.contains(&"--endpoint-url") {
            continue;
        }
        let ask = ["converse", "--model-id", "m", "hi"];
        let variables = [&variables[..], &[("AWS_MAX_ATTEMPTS", "1")]].concat();
        let call = home.run(&[&ask[..], arguments].concat(), &variables);
        assert_eq!(call.code, if want[0] == "refused" { 2 } else { 6 }, "{arguments:?}: {}", call.stderr);
        assert_eq!(call.stderr.contains("warning: "), want[0] == "warning", "{arguments:?}: {}", call.stderr);
        assert_eq!(call.stderr.contains("--allow-insecure-bearer"), want[0] == "refused", "{}", call.stderr);
        assert!(!call.stderr.contains("allow_insecure_bearer"), "{}", call.stderr);
    }
}

#[test]
fn proxies_and_certificates() {
    let home = Home::new("proxies");
    type Row<'a> = (&'a [(&'a str, &'a str)], [&'a str; 3]);
    let rows: &[Row<'_>] = &[
        // (variables, [proxy for https, proxy for http, past them])
        (&[], ["-", "-", "-"]),
        (&[("HTTPS_PROXY", "http://me:hunter2@proxy:8080")], ["http://***@proxy:8080", "-", "-"]),
        (
            &[("https_proxy", "http://low"), ("HTTPS_PROXY", "http://up"), ("NO_PROXY", "a,b")],
            ["http://low", "-", "a,b"],
        ),
        (&[("ALL_PROXY", "http://all"), ("http_proxy", "http://plain")], ["http://all", "http://plain", "-"]),
        (&[("HTTP_PROXY", "http://cgi"), ("REQUEST_METHOD", "GET")], ["-", "-", "-"]),
    ];
    for (variables, want) in rows {
        let run = home.run(&["doctor"], variables);
        let [https, http] = ["https", "http"].map(|of| found(&run, "proxy", Some(of)));
        let past = found(&run, "no proxy", None);
        assert_eq!([text(&https), text(&http), text(&past)], *want, "{variables:?}");
        assert_eq!(found(&run, "certificates", None), "the platform's");
    }
}

#[test]
fn asked_it_asks_as_a_call_would() {
    let home = Home::new("ask");
    for (arguments, variables, code, value) in [
        (&["--ask", "--profile", "process"][..], &[][..], 0, "PROCKEY"),
        (&["--ask"], &[], 0, "DEFAULTKEY"),
        (&["--ask"], &[ID, SECRET], 0, "-"),
        (&["--ask"], &[TOKEN], 0, "-"),
        (&["--ask"], &[NO_FILES], 2, "-"),
    ] {
        let run = home.run(&[&["doctor"], arguments].concat(), variables);
        assert_eq!(
            (run.code, text(&found(&run, "asked", None))),
            (code, value),
            "{arguments:?} {}",
            run.stderr
        );
    }
    let local = home.run(&["doctor", "--local", "--json"], &[TOKEN]);
    assert_eq!(found(&local, "credentials", None), "keys of the local endpoint");
}
