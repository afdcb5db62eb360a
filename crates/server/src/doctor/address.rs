//! Whether Parlour is reached where people are told to reach it.

use crate::config::Settings;
use bytes::Bytes;
use chat::checkup::Finding;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are looked at.
const MOST: usize = 4 * 1024;
const SUBJECT: &str = "address";

type Error = Box<dyn std::error::Error + Send + Sync>;

pub(super) async fn reachable(settings: &Settings) -> Finding {
    let address = settings.address();
    match timeout(PATIENCE, ask(address)).await {
        Err(_) => {
            let waited = PATIENCE.as_secs();
            let says = format!("{address} does not answer within {waited} s: look at the firewall and the proxy");
            Finding::doubtful(SUBJECT, says)
        }
        Ok(Err(error)) => {
            let says = format!(
                "{address} cannot be reached ({error}): start the server with `parlour serve`, or, if it runs, look at \
                 server.public_url, the proxy and its certificate"
            );
            Finding::doubtful(SUBJECT, says)
        }
        Ok(Ok((StatusCode::OK, body))) if body == "alive\n" => {
            Finding::good(SUBJECT, format!("Parlour answers at {address}"))
        }
        Ok(Ok((status, _))) => {
            let says = format!("what answers at {address} is not Parlour ({status}): look where the proxy sends it");
            Finding::doubtful(SUBJECT, says)
        }
    }
}

/// What the server at that address says of its health.
async fn ask(address: &str) -> Result<(StatusCode, Bytes), Error> {
    let uri: Uri = format!("{address}/health/live").parse()?;
    let host = uri.host().ok_or("it has no host")?;
    let encrypted = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
    // An IPv6 address stands in brackets there.
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((host.as_str(), port)).await?;
    if !encrypted {
        return get(stream, &uri).await;
    }
    let stream = TlsConnector::from(Arc::new(trust()?)).connect(ServerName::try_from(host)?, stream).await?;
    get(stream, &uri).await
}

/// Whom the system trusts.
fn trust() -> Result<ClientConfig, Error> {
    let mut authorities = RootCertStore::empty();
    authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(authorities).with_no_client_auth())
}

async fn get<S>(stream: S, uri: &Uri) -> Result<(StatusCode, Bytes), Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let carried = tokio::spawn(connection);
    let authority = uri.authority().ok_or("it has no host")?;
    let request = Request::get(uri.path()).header(header::HOST, authority.as_str()).body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), MOST).collect().await?.to_bytes();
    carried.abort();
    Ok((status, body))
}
