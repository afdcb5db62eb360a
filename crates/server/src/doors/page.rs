//! The web client, out of the binary: which file, in which encoding, kept for how long.

use super::Doors;
use super::credentials::Credentials;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, SET_COOKIE, VARY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::sync::Arc;

/// What `npm run build` made, with `.br` and `.gz` beside each file. A debug build reads it from there.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Page;

const INDEX: &str = "index.html";
const NO_PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<title>Parlour</title>\n<p>This build of Parlour has no page in \
    it: build the web client (make web), then the program. The API is there: <a href=\"/api\">/api</a>.</p>\n</html>\n";

/// The page at `/`, and its files.
pub(super) fn routes(doors: &Arc<Doors>) -> Router {
    let doors = doors.clone();
    Router::new()
        .route("/", get(async move |request: Request| index(&doors, request.headers()).await))
        .fallback(async |request: Request| file(request.uri().path().trim_start_matches('/'), request.headers()))
}

/// The page. Whoever is signed in and loads it again has not left: their next connection is on its way.
async fn index(doors: &Doors, headers: &HeaderMap) -> Response<Body> {
    let mut response = file(INDEX, headers);
    if response.status() == StatusCode::NOT_FOUND {
        return answer(StatusCode::OK, media_type(INDEX), NO_PAGE);
    }
    if let Credentials::Cookie(token) = doors.cookie.credentials(headers)
        && let Ok(Some(identity)) = doors.chat.authenticate(&token).await
    {
        doors.chat.page_loaded(&identity);
        // A session lives for as long as it is used, and the cookie with it.
        if let Some(cookie) = doors.cookie.set(&token) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
    }
    response
}

fn file(path: &str, headers: &HeaderMap) -> Response<Body> {
    let Some(plain) = Page::get(path).filter(|_| !path.ends_with(".br") && !path.ends_with(".gz")) else {
        return answer(StatusCode::NOT_FOUND, media_type("txt"), "There is nothing here.\n");
    };
    let (file, encoding) = encoded(path, headers).unwrap_or((plain, None));
    let tag = etag(&file);
    let mut response = Response::new(Body::empty());
    let found = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if found.is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = Body::from(file.data.into_owned());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
        if let Some(encoding) = encoding {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
    }
    // Vite puts a hash of its contents into the name of every asset.
    let kept = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    response
}

/// The smallest form of a file that the browser understands, if there is one beside it.
fn encoded(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
    [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(encoding, ending)| {
        let file = accepts(accepted, encoding).then(|| Page::get(&format!("{path}.{ending}")))??;
        Some((file, Some(encoding)))
    })
}

/// Whether an `Accept-Encoding` names the encoding, and not with the weight 0.
pub(super) fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse::<f32>().ok());
        is_named && weight.unwrap_or(1.0) > 0.0
    })
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let digits: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn answer(status: StatusCode, kind: &'static str, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
