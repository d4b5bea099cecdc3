//! Calls through a proxy of the environment: plain HTTP as it is, TLS through a tunnel, with a name and password for the
//! proxy, and past it for the hosts that are excepted. The proxy is a real one on loopback, and so is what lies behind it.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::sync::{Arc, Mutex};

use crate::common::MODEL;
use bedrock_client::{
    CallInfo, Client, ClientBuilder, Credentials, Environment, ErrorKind, HttpVersion, Interceptor,
    RetryConfig, SignedRequest,
};
use bedrock_emulator::{Emulator, EmulatorBuilder, Pace, self_signed_certificate};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// What a client asked of the proxy: the first line, and who it said it was.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    line: String,
    authorization: Option<String>,
}

/// A proxy that lets through who says `authorization`, or everybody.
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    async fn start(wanted: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::default();
        let record: Arc<Mutex<Vec<Asked>>> = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(pass(socket, wanted, Arc::clone(&record)));
            }
        });
        Self { address, asked, task }
    }

    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// Reads the head of the first request, and lets the connection through to where it asks for.
async fn pass(mut client: TcpStream, wanted: Option<&str>, record: Arc<Mutex<Vec<Asked>>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.ok()?);
    }
    let text = String::from_utf8(head.clone()).ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-authorization").then(|| value.trim().to_owned())
    };
    let line = text.lines().next()?.to_owned();
    let authorization = text.lines().find_map(header);
    record.lock().unwrap().push(Asked { line: line.clone(), authorization: authorization.clone() });
    if wanted.is_some() && authorization.as_deref() != wanted {
        let refusal =
            "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        client.write_all(refusal.as_bytes()).await.ok()?;
        return None;
    }
    let target = line.split(' ').nth(1)?;
    let is_tunnel = line.starts_with("CONNECT ");
    let authority = target.trim_start_matches("http://").split('/').next()?;
    let mut server = TcpStream::connect(authority).await.ok()?;
    if is_tunnel {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
    } else {
        server.write_all(&head).await.ok()?;
    }
    copy_bidirectional(&mut client, &mut server).await.ok()?;
    Some(())
}

/// Servers that check signatures: in the clear, and behind TLS with a certificate of this moment.
struct Servers {
    plain: Emulator,
    secure: Emulator,
    certificate: String,
}

impl Servers {
    async fn start() -> Self {
        let (certificate, key) = self_signed_certificate().unwrap();
        let server: fn() -> EmulatorBuilder =
            || Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").pace(Pace::none());
        let plain = server().start().await.unwrap();
        let secure = server().tls(certificate.clone(), key).start().await.unwrap();
        Self { plain, secure, certificate }
    }

    fn of(&self, scheme: &str) -> &Emulator {
        if scheme == "https" { &self.secure } else { &self.plain }
    }

    fn client(&self, scheme: &str, variables: &[(&str, &str)]) -> ClientBuilder {
        crate::common::client(&self.of(scheme).url())
            .environment(Environment::from_pairs(variables.iter().copied()))
            .ca_bundle(self.certificate.clone())
            .retry(RetryConfig::never())
    }
}

/// One call that comes whole, one that is streamed, and what the server heard of the proxy's password: nothing.
async fn talk(client: &Client, server: &Emulator, shown: &str) {
    server.clear();
    let whole = client.converse(MODEL, "Weather?").await.unwrap_or_else(|error| panic!("{shown}: {error:?}"));
    let streamed = client.converse_stream(MODEL, "Weather?").await.unwrap().collect().await.unwrap();
    assert_eq!(whole.text(), streamed.text(), "{shown}");
    let seen = server.requests();
    assert_eq!(seen.len(), 2, "{shown}");
}

/// `me:p@ss/word` and `me`, as the header has them.
const NAMED: &str = "Basic bWU6cEBzcy93b3Jk";

#[tokio::test]
async fn each_scheme_has_its_proxy() {
    let servers = Servers::start().await;
    let proxy = Proxy::start(None).await;
    let url = format!("http://{}", proxy.address);
    let named = format!("http://me:p%40ss%2Fword@{}", proxy.address);
    let (url, named) = (url.as_str(), named.as_str());
    // (scheme, variables, whether the proxy is asked, who it hears)
    for (scheme, variables, asked, who) in [
        ("http", &[("http_proxy", url)][..], true, None),
        ("http", &[("HTTP_PROXY", named)], true, Some(NAMED)),
        ("http", &[("ALL_PROXY", url)], true, None),
        ("http", &[("https_proxy", url)], false, None),
        ("http", &[("HTTP_PROXY", url), ("REQUEST_METHOD", "GET")], false, None),
        ("https", &[("https_proxy", url)], true, None),
        ("https", &[("HTTPS_PROXY", named)], true, Some(NAMED)),
        ("https", &[("all_proxy", named)], true, Some(NAMED)),
        ("https", &[("http_proxy", url)], false, None),
        ("https", &[], false, None),
    ] {
        let shown = format!("{scheme} {variables:?}");
        let server = servers.of(scheme);
        let client = servers.client(scheme, variables).build().unwrap();
        talk(&client, server, &shown).await;
        let heard = proxy.asked();
        assert_eq!(heard.is_empty(), !asked, "{shown}: {heard:?}");
        let port = server.address().port();
        for Asked { line, authorization } in heard {
            assert_eq!(authorization.as_deref(), who, "{shown}");
            let start = match scheme {
                "http" => format!("POST http://127.0.0.1:{port}/model/"),
                _ => format!("CONNECT localhost:{port} HTTP/1.1"),
            };
            assert!(line.starts_with(&start), "{shown}: {line}");
        }
        // Behind the tunnel nobody hears of it. (A request in the clear is passed on by this proxy as it came.)
        let has = |name: &str| server.requests().iter().any(|seen| seen.headers.contains_key(name));
        assert!(scheme == "http" || !has("proxy-authorization"), "{shown}");
    }
}

#[tokio::test]
async fn hosts_that_are_excepted_are_called_directly() {
    let servers = Servers::start().await;
    let proxy = Proxy::start(None).await;
    let url = format!("http://{}", proxy.address);
    // (scheme, what is excepted, whether the proxy is asked)
    for (scheme, except, asked) in [
        ("https", "localhost", false),
        ("https", "example.com, localhost", false),
        ("https", " LOCALHOST ", false),
        ("https", "*", false),
        ("https", "example.com", true),
        ("https", "ocalhost", true),
        ("https", "", true),
        ("http", "127.0.0.1", false),
        ("http", "10.0.0.0/8,127.0.0.0/8", false),
        ("http", "10.0.0.0/8", true),
        ("http", "localhost", true),
    ] {
        for name in ["no_proxy", "NO_PROXY"] {
            let client = servers.client(scheme, &[("ALL_PROXY", &url), (name, except)]).build().unwrap();
            talk(&client, servers.of(scheme), &format!("{scheme} {name}={except}")).await;
            assert_eq!(!proxy.asked().is_empty(), asked, "{scheme} {name}={except}");
        }
    }
}

/// Both versions of HTTP go through a tunnel, and both directions at once.
#[tokio::test]
async fn a_tunnel_carries_everything() {
    let servers = Servers::start().await;
    let proxy = Proxy::start(Some(NAMED)).await;
    let named = format!("http://me:p%40ss%2Fword@{}", proxy.address);
    for (version, protocol) in
        [(HttpVersion::Http1, http::Version::HTTP_11), (HttpVersion::Http2, http::Version::HTTP_2)]
    {
        let client =
            servers.client("https", &[("HTTPS_PROXY", &named)]).http_version(version).build().unwrap();
        talk(&client, &servers.secure, &format!("{version:?}")).await;
        assert!(servers.secure.requests().iter().all(|seen| seen.version == protocol));
        let mut session =
            client.invoke_model_with_bidirectional_stream("amazon.nova-sonic-v1:0").await.unwrap();
        session.send("[1]").await.unwrap();
        assert_eq!(session.next().await.unwrap().unwrap(), "[1]");
        session.close_input();
        assert!(session.next().await.is_none());
        assert!(!proxy.asked().is_empty());
    }
}

#[tokio::test]
async fn a_proxy_that_does_not_let_through() {
    let servers = Servers::start().await;
    let proxy = Proxy::start(Some(NAMED)).await;
    let wrong = format!("http://me:hunter2@{}", proxy.address);
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://me:hunter2@{}", listener.local_addr().unwrap())
    };
    for (scheme, url, kind) in [
        ("https", &wrong, ErrorKind::Connect),
        ("http", &wrong, ErrorKind::Service),
        ("https", &nobody, ErrorKind::Connect),
        ("http", &nobody, ErrorKind::Connect),
    ] {
        let builder = servers.client(scheme, &[("ALL_PROXY", url)]);
        let client = builder.build().unwrap();
        let error = client.converse(MODEL, "Weather?").await.unwrap_err();
        let mut said = format!("{error} {error:?} {client:?}");
        let mut below = std::error::Error::source(&error);
        while let Some(error) = below {
            said += &format!(" {error} {error:?}");
            below = error.source();
        }
        assert_eq!(error.kind(), kind, "{scheme} {url}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(servers.of(scheme).requests().is_empty(), "nothing went past the proxy");
    }
}

/// The region of the URL is the region of the signature, wherever it comes from. The proxy hears the one; it lets nobody
/// through, so that no such host is really called.
#[tokio::test]
async fn the_url_and_the_signature_have_one_region() {
    #[derive(Default)]
    struct Scopes(Mutex<Vec<String>>);
    impl Interceptor for Scopes {
        fn signed(&self, _: &CallInfo, request: &SignedRequest<'_>) {
            let authorization = request.headers["authorization"].to_str().unwrap();
            let scope = authorization.split_once("Credential=").unwrap().1.split_once(',').unwrap().0;
            self.0.lock().unwrap().push(scope.split('/').skip(2).collect::<Vec<_>>().join("/"));
        }
    }
    let proxy = Proxy::start(Some("nobody")).await;
    let url = format!("http://{}", proxy.address);
    let west = ("AWS_REGION", "eu-west-1");
    let default = ("AWS_DEFAULT_REGION", "ap-south-2");
    let fips = ("AWS_USE_FIPS_ENDPOINT", "true");
    for (region, variables, host, scope) in [
        (None, &[west, default][..], "bedrock-runtime.eu-west-1.amazonaws.com", "eu-west-1"),
        (None, &[default], "bedrock-runtime.ap-south-2.amazonaws.com", "ap-south-2"),
        (Some("cn-north-1"), &[west], "bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        (
            None,
            &[("AWS_REGION", "us-gov-west-1"), fips],
            "bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
        ),
        (Some("eusc-de-east-1"), &[], "bedrock-runtime.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
    ] {
        let scopes = Arc::new(Scopes::default());
        let variables = variables.iter().copied().chain([("HTTPS_PROXY", url.as_str())]);
        let mut builder = Client::builder()
            .environment(Environment::from_pairs(variables))
            .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
            .retry(RetryConfig::never())
            .interceptor(scopes.clone());
        if let Some(region) = region {
            builder = builder.region(region);
        }
        let client = builder.build().unwrap();
        assert_eq!(client.converse(MODEL, "Hi").await.unwrap_err().kind(), ErrorKind::Connect);
        assert_eq!(proxy.asked()[0].line, format!("CONNECT {host}:443 HTTP/1.1"));
        assert_eq!(scopes.0.lock().unwrap()[..], [format!("{scope}/bedrock/aws4_request")]);
    }
}
