//! The API's own documentation: the OpenAPI document, and a page for people made from it.

pub(super) mod html;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};

const STYLE: &str = include_str!("handbook/style.css");

/// `/api`, its style, and `/api/openapi.json`; all made once.
pub(super) fn routes() -> Router {
    let document = chat::openapi::document();
    let page = Bytes::from(html::page(&document));
    let json = Bytes::from(format!("{document:#}"));
    Router::new()
        .route("/api", get(async move || answer("text/html; charset=utf-8", page)))
        .route("/api/openapi.json", get(async move || answer("application/json", json)))
        .route("/api/style.css", get(async || answer("text/css; charset=utf-8", Bytes::from_static(STYLE.as_bytes()))))
}

fn answer(kind: &'static str, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
