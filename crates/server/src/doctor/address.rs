//! Whether Parlour is reached where people are told to reach it.

use crate::config::Settings;
use chat::checkup::Finding;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
const SUBJECT: &str = "address";

pub(super) async fn reachable(settings: &Settings) -> Finding {
    let address = settings.address();
    // TLS goes by the one provider of cryptography that is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
    let client = match client {
        Ok(client) => client,
        Err(error) => return Finding::doubtful(SUBJECT, format!("no request can be made: {}", causes(&error))),
    };
    let answer = match client.get(format!("{address}/health/live")).send().await {
        Ok(answer) => answer,
        Err(error) if error.is_timeout() => {
            let says = format!(
                "{address} does not answer within {} s: look at the firewall and the proxy",
                PATIENCE.as_secs()
            );
            return Finding::doubtful(SUBJECT, says);
        }
        Err(error) => {
            let says = format!(
                "{address} cannot be reached ({}): start the server with `parlour serve`, or, if it runs, look at \
                 server.public_url, the proxy and its certificate",
                causes(&error)
            );
            return Finding::doubtful(SUBJECT, says);
        }
    };
    match (answer.status(), answer.text().await.unwrap_or_default().as_str()) {
        (reqwest::StatusCode::OK, "alive\n") => Finding::good(SUBJECT, format!("Parlour answers at {address}")),
        (status, _) => Finding::doubtful(
            SUBJECT,
            format!("what answers at {address} is not Parlour ({status}): look where the proxy sends it"),
        ),
    }
}

/// An error with what is behind it: the outermost says little.
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
