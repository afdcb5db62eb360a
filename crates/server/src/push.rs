//! The carrier of pushes: one request to a push service over HTTP/1.1, to no place that is not meant to be reached.

mod places;

use async_trait::async_trait;
use bytes::Bytes;
use chat::push::{Carried, Carrier, Parcel};
use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use places::Place;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long one push may take, with finding the service and connecting to it.
const PATIENCE: Duration = Duration::from_secs(15);
/// The most bytes of an answer that are read.
const MOST: usize = 4 * 1024;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Brings pushes where their endpoints say.
pub(crate) struct Post {
    /// Whether addresses of this machine and of its own networks may be reached as well.
    private: bool,
    trust: OnceLock<Arc<ClientConfig>>,
}

impl Post {
    pub(crate) fn new(private: bool) -> Self {
        Self { private, trust: OnceLock::new() }
    }

    async fn post(&self, parcel: &Parcel) -> Result<(StatusCode, HeaderMap), Error> {
        let place = Place::of(&parcel.endpoint, self.private)?;
        let addresses = place.addresses(self.private).await?;
        let stream = TcpStream::connect(&addresses[..]).await?;
        let uri = place.uri();
        if !place.encrypted() {
            return ask(stream, uri, parcel).await;
        }
        let name = ServerName::try_from(place.host().to_owned())?;
        let stream = TlsConnector::from(self.trust()?).connect(name, stream).await?;
        ask(stream, uri, parcel).await
    }

    /// Whom the system trusts, read once.
    fn trust(&self) -> Result<Arc<ClientConfig>, Error> {
        if let Some(trust) = self.trust.get() {
            return Ok(trust.clone());
        }
        let mut authorities = RootCertStore::empty();
        authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = Arc::new(config.with_root_certificates(authorities).with_no_client_auth());
        Ok(self.trust.get_or_init(|| config).clone())
    }
}

#[async_trait]
impl Carrier for Post {
    async fn vet(&self, endpoint: &str) -> Result<(), String> {
        let place = Place::of(endpoint, self.private)?;
        match timeout(PATIENCE, place.addresses(self.private)).await {
            Ok(found) => found.map(drop),
            Err(_) => Err("its name cannot be resolved".into()),
        }
    }

    async fn carry(&self, parcel: &Parcel) -> Carried {
        match timeout(PATIENCE, self.post(parcel)).await {
            Err(_) => Carried::Later(None),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a push service could not be reached");
                Carried::Later(None)
            }
            Ok(Ok((status, headers))) => outcome(status, &headers),
        }
    }
}

/// What an answer means (RFC 8030).
fn outcome(status: StatusCode, headers: &HeaderMap) -> Carried {
    match status {
        status if status.is_success() => Carried::Taken,
        StatusCode::NOT_FOUND | StatusCode::GONE => Carried::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Carried::Later(retry_after(headers)),
        status if status.is_server_error() => Carried::Later(retry_after(headers)),
        status => Carried::Refused(format!("the push service answers {status}")),
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

async fn ask<S>(stream: S, uri: &Uri, parcel: &Parcel) -> Result<(StatusCode, HeaderMap), Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let conversation = Conversation(tokio::spawn(connection));
    let authority = uri.authority().ok_or("it has no host")?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path).header(header::HOST, authority.as_str());
    for (name, value) in &parcel.headers {
        request = request.header(*name, value);
    }
    let answer = sender.send_request(request.body(Full::new(parcel.body.clone()))?).await?;
    let (head, body) = answer.into_parts();
    // What it says besides is not looked at; it may be anything.
    let _: Result<Bytes, _> = Limited::new(body, MOST).collect().await.map(|body| body.to_bytes());
    drop(conversation);
    Ok((head.status, head.headers))
}

/// A connection that ends with its request, also where that is given up.
struct Conversation(tokio::task::JoinHandle<Result<(), hyper::Error>>);

impl Drop for Conversation {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests;
