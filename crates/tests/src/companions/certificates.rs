//! Certificates for a test: an authority and a server on 127.0.0.1 that it vouches for, made by openssl.

use super::programs::{finish, found};
use crate::folder::Folder;
use crate::{Outcome, fail};
use std::fs;
use std::path::PathBuf;
use tokio::process::Command;

/// Files in PEM, gone with this.
pub struct Certificates(Folder);

impl Certificates {
    /// Nothing where there is no openssl.
    pub async fn make() -> Outcome<Option<Certificates>> {
        let Some(openssl) = found("openssl") else { return Ok(None) };
        let made = Certificates(Folder::new()?);
        fs::write(made.0.join("names"), "subjectAltName=IP:127.0.0.1\n")?;
        let steps = [
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=authority \
             -keyout authority.key -out authority.pem",
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=server -keyout server.key \
             -out server.csr",
            "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names \
             -out server.pem",
        ];
        for step in steps {
            let mut command = Command::new(&openssl);
            command.args(step.split_whitespace()).current_dir(made.0.path());
            finish(command, "openssl").await?;
        }
        Ok(Some(made))
    }

    /// The authority's certificate.
    pub fn authority(&self) -> PathBuf {
        self.0.join("authority.pem")
    }

    /// The server's certificate and its key.
    pub fn server(&self) -> [PathBuf; 2] {
        ["server.pem", "server.key"].map(|name| self.0.join(name))
    }

    /// The authority's path, for a URL or a configuration.
    pub fn authority_path(&self) -> Outcome<String> {
        match self.authority().into_os_string().into_string() {
            Ok(path) => Ok(path),
            Err(path) => fail!("{} is no text", path.display()),
        }
    }
}
