//! The official chain over our HTTP client, against stand-ins on loopback. Each case runs in a process of its own, because
//! the chain reads that process's environment.

#![cfg(feature = "aws-config")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::process::Stdio;

use bedrock_http::{AwsChain, CredentialsProvider, Transport};
use common::{Seen, Server, Step, converse, reply};
use tokio::process::Command;

const ROLE: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
    <Credentials><AccessKeyId>ROLEKEY</AccessKeyId><SecretAccessKey>ROLESECRET</SecretAccessKey>\
    <SessionToken>ROLESESSION</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
    </AssumeRoleResult></AssumeRoleResponse>";

const CONTAINER: &str = r#"{"AccessKeyId":"TASKKEY","SecretAccessKey":"S","Token":"TASKSESSION","Expiration":"2099-01-01T00:00:00Z"}"#;
const INSTANCE: &str = r#"{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z","AccessKeyId":"BOXKEY","SecretAccessKey":"S","Token":"BOXSESSION","Expiration":"2099-01-01T00:00:00Z"}"#;

/// Stands in for STS, a container's and an instance's metadata, and Bedrock.
fn answer(seen: &Seen) -> Vec<Step> {
    let body = String::from_utf8_lossy(&seen.body);
    let json = |text: &str| reply(200, &[("content-type", "application/json")], text);
    match seen.target() {
        "/task" => json(CONTAINER),
        "/latest/api/token" => reply(200, &[("x-aws-ec2-metadata-token-ttl-seconds", "21600")], "TOKEN"),
        "/latest/meta-data/placement/region" => reply(200, &[], "eu-south-2"),
        path if path.ends_with("/role-of-the-box") => json(INSTANCE),
        path if path.starts_with("/latest/meta-data/iam/security-credentials") => {
            reply(200, &[], "role-of-the-box")
        }
        path if path.starts_with("/model/") => json("{}"),
        path if path.starts_with("/federation/credentials") => {
            assert_eq!(seen.header("x-amz-sso_bearer_token"), Some("SSOTOKEN"));
            json(SSO)
        }
        _ if body.contains("Action=AssumeRoleWithWebIdentity") => {
            assert!(body.contains("WEBTOKEN"), "{body}");
            reply(
                200,
                &[],
                &ROLE.replace("AssumeRole", "AssumeRoleWithWebIdentity").replace("ROLEKEY", "WEBKEY"),
            )
        }
        _ if body.contains("Action=AssumeRole") => reply(200, &[], ROLE),
        path => reply(404, &[], path),
    }
}

const SSO: &str = r#"{"roleCredentials":{"accessKeyId":"SSOKEY","secretAccessKey":"S","sessionToken":"SSOSESSION","expiration":4070908800000}}"#;
/// What `aws sso login` leaves behind, in a file named after the session.
const SSO_TOKEN: &str = r#"{"accessToken":"SSOTOKEN","expiresAt":"2099-01-01T00:00:00Z","region":"us-east-1","startUrl":"https://dev.example"}"#;
const SSO_FILE: &str = ".aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json";

const CONFIG: &str = "[default]\nregion = eu-north-1\n\
    [profile keys]\naws_access_key_id = FILEKEY\naws_secret_access_key = FILESECRET\n\
    [profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = keys\nregion = us-west-2\n\
    [profile process]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"PROCKEY\",\"SecretAccessKey\":\"S\"}'\n\
    [profile sso]\nsso_session = dev\nsso_account_id = 111122223333\nsso_role_name = r\n\
    [sso-session dev]\nsso_region = us-east-1\nsso_start_url = https://dev.example\n";

#[tokio::test]
async fn sources() {
    let server = Server::start(|_, seen| answer(seen)).await;
    let folder = std::env::temp_dir().join(format!("bedrock-http-chain-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (config, token) = (folder.join("config"), folder.join("token"));
    std::fs::write(&config, CONFIG).unwrap();
    std::fs::write(&token, "WEBTOKEN").unwrap();
    let cached = folder.join(SSO_FILE);
    std::fs::create_dir_all(cached.parent().unwrap()).unwrap();
    std::fs::write(cached, SSO_TOKEN).unwrap();
    let task = format!("{}/task", server.url);
    let off = ("AWS_EC2_METADATA_DISABLED", "true");
    let profile = |name| ("AWS_PROFILE", name);
    type Row<'a> = (&'static str, Vec<(&'static str, &'a str)>, &'static str);
    const ENV: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "ENVKEY"), ("AWS_SECRET_ACCESS_KEY", "S")];
    let instance = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url.as_str());
    let named = |name| ("BEDROCK_NAMED_PROFILE", name);
    let rows: [Row<'_>; 14] = [
        ("keys of a profile", vec![profile("keys"), off], "FILEKEY - region - used FILEKEY"),
        ("an assumed role", vec![profile("role"), off], "ROLEKEY ROLESESSION region us-west-2 used ROLEKEY"),
        ("a process", vec![profile("process"), off], "PROCKEY - region - used PROCKEY"),
        ("SSO", vec![profile("sso"), off], "SSOKEY SSOSESSION region - used SSOKEY"),
        (
            "web identity",
            vec![
                ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
                ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/web"),
                off,
            ],
            "WEBKEY ROLESESSION region eu-north-1 used WEBKEY",
        ),
        (
            "a container",
            vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", &task), off],
            "TASKKEY TASKSESSION region eu-north-1 used TASKKEY",
        ),
        (
            "an instance",
            vec![("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.url), ("AWS_CONFIG_FILE", "/nowhere")],
            "BOXKEY BOXSESSION region eu-south-2 used BOXKEY",
        ),
        (
            "keys of the environment, before all others",
            vec![ENV[0], ENV[1], profile("keys"), off],
            "ENVKEY - region - used ENVKEY",
        ),
        (
            "a profile that the program names, before them",
            vec![ENV[0], ENV[1], profile("process"), named("keys"), off],
            "FILEKEY - region -",
        ),
        (
            "the same with a role",
            vec![ENV[0], ENV[1], named("role"), off],
            "ROLEKEY ROLESESSION region us-west-2",
        ),
        (
            "a named profile without keys, and nothing in its place",
            vec![ENV[0], ENV[1], named("default"), instance],
            "none: ",
        ),
        ("a named profile that is not there", vec![ENV[0], ENV[1], named("nobody"), instance], "none: "),
        ("nothing", vec![off], "none: "),
        (
            "a bearer token, and nobody else is asked",
            vec![
                ("AWS_BEARER_TOKEN_BEDROCK", "T"),
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &task),
                instance,
                profile("role"),
            ],
            "by token",
        ),
    ];
    for (name, variables, want) in rows {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "child", "--ignored", "--nocapture"]).env_clear();
        let asked = server.seen().len();
        child
            .env("HOME", &folder)
            .env("AWS_ENDPOINT_URL_SSO", &server.url)
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
        child.env("PATH", std::env::var("PATH").unwrap()).env("AWS_ENDPOINT_URL_STS", &server.url);
        child.env("BEDROCK_STAND_IN", &server.url).envs(variables);
        let output = child.stdout(Stdio::piped()).stderr(Stdio::piped()).output().await.unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains(want), "{name}: {shown} {}", String::from_utf8_lossy(&output.stderr));
        if want == "by token" {
            let asked: Vec<_> = server.seen()[asked..].iter().map(|seen| seen.target().to_owned()).collect();
            assert_eq!(asked, ["/model/m/converse"], "{name}");
        }
        assert!(!shown.contains("FILESECRET") && !shown.contains("ROLESECRET"), "{name}: {shown}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What a process finds by its environment, and what a transport made of that environment sends.
#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn child() {
    if std::env::var_os("AWS_BEARER_TOKEN_BEDROCK").is_some() {
        transport().send(&converse("m")).await.unwrap();
        println!("by token");
        return;
    }
    let mut chain = AwsChain::new();
    let named = std::env::var("BEDROCK_NAMED_PROFILE").ok();
    if let Some(name) = &named {
        chain = chain.profile(name);
    }
    match chain.credentials().await {
        Ok(found) if named.is_some() => {
            let region = chain.find_region().await.unwrap();
            let (key, token) = (found.access_key_id(), found.session_token().unwrap_or("-"));
            println!("{key} {token} region {}", region.as_deref().unwrap_or("-"));
        }
        Ok(found) => {
            let region = chain.find_region().await.unwrap();
            let transport = transport();
            let (key, token) = (found.access_key_id(), found.session_token().unwrap_or("-"));
            print!("{key} {token} region {} used ", region.as_deref().unwrap_or("-"));
            transport.send(&converse("m")).await.unwrap();
            println!("{chain:?}");
        }
        Err(error) => println!("none: {error}"),
    }
}

fn transport() -> Transport {
    Transport::builder()
        .environment(bedrock_http::Environment::from_process())
        .region("us-east-1")
        .endpoint(std::env::var("BEDROCK_STAND_IN").unwrap())
        .interceptor(std::sync::Arc::new(ShowKey))
        .build()
        .unwrap()
}

struct ShowKey;

impl bedrock_http::Interceptor for ShowKey {
    fn signed(&self, _: &bedrock_http::CallInfo, request: &bedrock_http::SignedRequest<'_>) {
        let authorization = request.headers["authorization"].to_str().unwrap();
        if let Some((_, scope)) = authorization.split_once("Credential=") {
            println!("{}", scope.split('/').next().unwrap());
        }
    }
}
