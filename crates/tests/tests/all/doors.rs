//! What browsers and scripts meet at the door: cookies, foreign pages, limits, the pages and documents.

use futures_util::{SinkExt, StreamExt};
use reqwest::Client;
use reqwest::header::{HeaderMap, RETRY_AFTER, SET_COOKIE};
use serde_json::{Value, json};
use tests::gathering::{Gathering, cid, connected};
use tests::people::PASSWORD;
use tests::rest::answer;
use tests::server::Setting;
use tests::socket::{Refused, Socket, Transport};
use tests::{Outcome, check, fail};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

fn http() -> Outcome<Client> {
    Ok(Client::builder().no_proxy().build()?)
}

async fn cookie_of(gathering: &Gathering) -> Outcome<String> {
    let wish = json!({"username": "ada", "password": PASSWORD});
    let response = http()?.post(format!("{}/api/v1/sessions", gathering.server.address())).json(&wish).send().await?;
    let Some(cookie) = text(response.headers(), SET_COOKIE.as_str()) else { fail!("signing in sets no cookie") };
    Ok(cookie)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_signs_in_a_browser_and_only_its_own_pages() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let set = cookie_of(&gathering).await?;
    let has = |word: &str| set.split(';').any(|part| part.trim().eq_ignore_ascii_case(word));
    check!(set.starts_with("parlour=") && has("HttpOnly") && has("SameSite=Lax") && has("Path=/"), "the cookie: {set}");
    let cookie = set.split(';').next().unwrap_or_default().to_string();
    let address = gathering.server.address().to_string();
    let profile = http()?.get(format!("{address}/api/v1/profile")).header("cookie", &cookie).send().await?;
    check!(answer(profile).await?.is_ok_and(|user| user["username"] == "ada"), "the cookie does not sign in");
    let url = format!("{address}/api/v1/rooms/{}/messages", gathering.room);
    let post = async |origin: &str, site: &str| -> Outcome<Result<Value, Value>> {
        let wish = json!({"cid": cid(), "text": "from a page"});
        let request =
            http()?.post(&url).header("cookie", &cookie).header("origin", origin).header("sec-fetch-site", site);
        answer(request.json(&wish).send().await?).await
    };
    let own = post(&address, "same-origin").await?;
    check!(own.is_ok(), "its own page is refused: {own:?}");
    for (origin, site) in [("https://elsewhere.example", "cross-site"), ("null", "cross-site")] {
        match post(origin, site).await? {
            Err(error) if error["code"] == "origin.refused" => {}
            other => fail!("a page of {origin} may post: {other:?}"),
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_page_cannot_open_a_socket_with_the_cookie() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let cookie = cookie_of(&gathering).await?.split(';').next().unwrap_or_default().to_string();
    let address = gathering.server.nodes[0].address();
    let place = address.trim_start_matches("http://").to_string();
    for (origin, welcome) in [(address, true), ("https://elsewhere.example", false)] {
        let url = format!("ws://{place}/socket.io/?EIO=4&transport=websocket");
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("origin", origin.parse()?);
        request.headers_mut().insert("cookie", cookie.parse()?);
        match (client_async(request, TcpStream::connect(&place).await?).await, welcome) {
            (Ok((mut socket, _)), true) => {
                socket.send(Message::text("40")).await?;
                let signed_in = async {
                    while let Some(Ok(message)) = socket.next().await {
                        if message.to_text().is_ok_and(|packet| packet.starts_with("40")) {
                            return true;
                        }
                    }
                    false
                };
                check!(signed_in.await, "its own page is not let in");
            }
            (Err(Error::Http(response)), false) if response.status() == 403 => {}
            (Ok(_), false) => fail!("a page of {origin} may open a socket"),
            (Err(error), _) => fail!("with origin {origin}: {error}"),
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_connects_without_a_session() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let token = &gathering.accounts[0].token;
    let long = "x".repeat(10_000);
    for transport in [Transport::WebSocket, Transport::Polling] {
        for auth in [
            json!({}),
            json!({"token": "no such token"}),
            json!({"token": long}),
            json!({"token": 7}),
            json!({"token": null}),
            json!({"token": [token]}),
            json!({"token": token.to_uppercase()}),
        ] {
            match Socket::open(gathering.server.address(), &auth, transport, Box::new(|_, _| {})).await {
                Err(Refused::ByServer(said)) => {
                    let right = said["data"]["code"] == "auth.required" && said["message"].is_string();
                    check!(right, "with {auth} CONNECT_ERROR says {said}");
                }
                Err(Refused::Otherwise(failure)) => return Err(failure.during(auth)),
                Ok(_) => fail!("with {auth} somebody is let in"),
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_fast_says_when_to_try_again() -> Outcome {
    let gathering = Gathering::of(1, Setting { limits: true, ..Setting::default() }).await?;
    let mut ada = gathering.device(0, Transport::WebSocket).await?;
    // Other nodes hear of it a moment later.
    let address = gathering.server.nodes[0].address();
    connected(ada.connect(address).await)?;
    let url = format!("{address}/api/v1/rooms/{}/messages", gathering.room);
    for _ in 0..100 {
        let wish = json!({"cid": cid(), "text": "quick"});
        let request = http()?.post(&url).bearer_auth(&gathering.accounts[0].token).json(&wish);
        let response = request.send().await?;
        let header = text(response.headers(), RETRY_AFTER.as_str());
        if let Err(error) = answer(response).await? {
            let after = error["retry_after"].as_u64().filter(|seconds| *seconds > 0);
            check!(error["code"] == "limit.too_fast", "refused with {error}");
            check!(after.is_some() && header == after.map(|after| after.to_string()), "{error} with header {header:?}");
            // The same bucket counts both ways in.
            let wish = json!({"room": gathering.room, "cid": cid(), "text": "by socket"});
            let by_socket = ada.socket()?.call("messages.send", &wish).await?;
            check!(by_socket.is_err_and(|error| error["code"] == "limit.too_fast"), "by socket there is no limit");
            return Ok(());
        }
    }
    fail!("100 messages at once are not too fast")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_and_the_documents_are_served_safely() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let address = gathering.server.address();
    let page = http()?.get(address).send().await?;
    check!(page.status() == 200, "GET / answers {}", page.status());
    let policy = text(page.headers(), "content-security-policy").unwrap_or_default();
    check!(policy.contains("default-src") || policy.contains("script-src"), "the page has no policy: {policy:?}");
    check!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "the policy is lax: {policy}");
    check!(text(page.headers(), "x-content-type-options").as_deref() == Some("nosniff"), "types may be guessed");
    let html = page.text().await?;
    check!(html.to_lowercase().contains("<!doctype html>"), "GET / is no page: {}", tests::rest::shortened(&html));
    for path in ["/api", "/api/openapi.json"] {
        let (status, _) = gathering.rest(0)?.get(path).await?;
        check!(status == 200, "GET {path} answers {status}");
    }
    Ok(())
}
