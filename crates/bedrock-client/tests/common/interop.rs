//! A server that shares no code with this project: frames and signatures are made by AWS's own JavaScript packages.
//! `BEDROCK_INTEROP` names the folder with it.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server, verifying the keys of the examples, and what else is said; `None`, with a plain word, where it is not given.
pub(crate) fn server(more: &[&str]) -> Option<Server> {
    let folder: PathBuf = bedrock_testing::folder("BEDROCK_INTEROP")?;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new("node")
        .current_dir(folder)
        .args(["server/server.mjs", "--port", &port.to_string(), "--quiet"])
        .args(["--verify", "AKIDEXAMPLE:SECRETEXAMPLE"])
        .args(more)
        .stdout(Stdio::null())
        .spawn()
        .expect("node");
    // Ends the process, also when the test fails here.
    let server = Server { child, url: format!("http://127.0.0.1:{port}") };
    for _ in 0..1_000 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(server);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the server does not listen");
}
