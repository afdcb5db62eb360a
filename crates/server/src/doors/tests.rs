//! Decisions that need no network: input out of a request, origins, cookies, proxies, encodings, the page /api.

use super::credentials::{Credentials, SessionCookie};
use super::input::{Given, Kinds};
use super::origins::{Origins, Source};
use super::proxies::{Network, client};
use super::{handbook, page};
use chat::openapi::FieldKind;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;
use std::time::Duration;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs =
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    pairs.collect()
}

fn kinds() -> Kinds {
    let kinds = [
        ("room", FieldKind::Text),
        ("limit", FieldKind::Integer),
        ("typing", FieldKind::Boolean),
        ("ids", FieldKind::List),
    ];
    kinds.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect()
}

fn merged(query: &str, body: &str) -> String {
    let mut given = Given::default();
    given.add_query(&kinds(), query).unwrap();
    String::from_utf8(given.merge(&kinds(), body.as_bytes()).into_owned()).unwrap()
}

#[test]
fn text_becomes_what_the_field_is() {
    assert_eq!(merged("room=7&limit=7", ""), r#"{"room":"7","limit":7}"#);
    assert_eq!(merged("limit=-1", ""), r#"{"limit":-1}"#);
    assert_eq!(merged("limit=%2B5&typing=true", ""), r#"{"limit":5,"typing":true}"#);
    assert_eq!(merged("ids=a,b&ids=c", ""), r#"{"ids":["a","b","c"]}"#);
    assert_eq!(merged("ids=", ""), r#"{"ids":[]}"#);
}

#[test]
fn text_that_is_not_what_the_field_is_stays_text_for_decoding_to_refuse() {
    assert_eq!(merged("limit=many", ""), r#"{"limit":"many"}"#);
    assert_eq!(merged("limit=", ""), r#"{"limit":""}"#);
    assert_eq!(merged("limit=1e3", ""), r#"{"limit":"1e3"}"#);
    assert_eq!(merged("typing=yes&other=1", ""), r#"{"typing":"yes","other":"1"}"#);
    assert_eq!(merged("room=%22%7D%0A", ""), r#"{"room":"\"}\n"}"#);
}

#[test]
fn path_query_and_body_are_one_object() {
    assert_eq!(merged("room=a", " {\"text\": 1} "), r#"{"room":"a","text": 1}"#);
    assert_eq!(merged("room=a", "{ }"), r#"{"room":"a"}"#);
    assert_eq!(merged("room=a", "{\"room\":\"b\"}"), r#"{"room":"a","room":"b"}"#, "decoding refuses it by its name");
    assert_eq!(merged("", "{\"a\":1}"), r#"{"a":1}"#);
    assert_eq!(merged("", ""), "");
    assert_eq!(merged("room=a", "[1]"), "[1]");
}

#[test]
fn a_field_that_is_given_twice_is_refused_unless_it_is_a_list() {
    let mut given = Given::default();
    let refusal = given.add_query(&kinds(), "limit=5&limit=6").unwrap_err();
    assert_eq!(refusal.to_json()["field"], "limit");
    assert_eq!(refusal.code(), "invalid.value");
}

#[test]
fn own_pages_and_programs_may_act_and_foreign_pages_may_not() {
    let origins = Origins::new("https://chat.example.org", &["https://www.example.org".into()]);
    let judge = |pairs: &[(&'static str, &str)]| origins.judge(&headers(pairs));
    assert_eq!(judge(&[]), Source::Own, "a program that is no browser");
    assert_eq!(judge(&[("sec-fetch-site", "same-origin"), ("origin", "http://[::1]:1")]), Source::Own);
    assert_eq!(judge(&[("origin", "https://chat.example.org")]), Source::Own);
    assert_eq!(judge(&[("origin", "HTTPS://Chat.example.org")]), Source::Own);
    assert_eq!(judge(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")]), Source::Own);
    assert_eq!(judge(&[("origin", "https://www.example.org"), ("sec-fetch-site", "same-site")]), Source::Allowed);
    for foreign in ["https://evil.example", "null", "", "https://", "chat.example.org", "https://chat.example.org.evil"]
    {
        assert_eq!(judge(&[("origin", foreign), ("host", "chat.example.org")]), Source::Foreign, "{foreign}");
    }
    assert_eq!(judge(&[("sec-fetch-site", "cross-site")]), Source::Foreign);
    assert_eq!(judge(&[("sec-fetch-site", "same-site")]), Source::Foreign, "a sister's page is not ours");
}

#[test]
fn a_bearer_token_comes_before_the_cookie_whose_name_follows_the_public_address() {
    let plain = SessionCookie::new("http://localhost:8080", Duration::from_secs(60));
    let secure = SessionCookie::new("https://chat.example.org", Duration::from_secs(60));
    let both = headers(&[("authorization", "bearer  abc"), ("cookie", "x=1; parlour=def")]);
    assert_eq!(plain.credentials(&both), Credentials::Bearer("abc".into()));
    let cookies = headers(&[("authorization", "Basic abc"), ("cookie", "x=1; parlour=def; __Host-parlour=ghi")]);
    assert_eq!(plain.credentials(&cookies), Credentials::Cookie("def".into()));
    assert_eq!(secure.credentials(&cookies), Credentials::Cookie("ghi".into()));
    assert_eq!(plain.credentials(&headers(&[("cookie", "xparlour=1")])), Credentials::Nothing);
    let text = |value: Option<HeaderValue>| value.and_then(|value| Some(value.to_str().ok()?.to_owned()));
    assert_eq!(
        text(secure.set("abc")).as_deref(),
        Some("__Host-parlour=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure")
    );
    assert_eq!(text(plain.clear()).as_deref(), Some("parlour=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"));
    assert_eq!(plain.set("a; Domain=evil"), None);
}

#[test]
fn only_trusted_proxies_are_believed() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let trusted = ["10.0.0.0/8", "::1", "fd00::/8"].map(|text| Network::parse(text).unwrap());
    let by = |peer: &str, forwarded: &str| client(&trusted, ip(peer), &headers(&[("x-forwarded-for", forwarded)]));
    assert_eq!(by("192.0.2.1", "198.51.100.7"), ip("192.0.2.1"), "not a proxy of ours");
    assert_eq!(by("10.0.0.1", "198.51.100.7"), ip("198.51.100.7"));
    assert_eq!(by("::ffff:10.0.0.1", "203.0.113.9, 198.51.100.7, 10.2.3.4"), ip("198.51.100.7"), "the rest is hearsay");
    assert_eq!(by("::1", "[2001:db8::1]"), ip("2001:db8::1"));
    assert_eq!(by("fd12::1", "unknown"), ip("fd12::1"));
    assert_eq!(by("10.0.0.1", ""), ip("10.0.0.1"));
    for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "example.org", "10.0.0.1/"] {
        assert_eq!(Network::parse(wrong), None, "{wrong}");
    }
    assert!(Network::parse("0.0.0.0/0").unwrap().contains(ip("203.0.113.9")));
}

#[test]
fn an_encoding_is_taken_where_it_is_accepted() {
    assert!(page::accepts("gzip, deflate, br", "br"));
    assert!(page::accepts("gzip;q=0.5, BR; q=1.0", "br"));
    assert!(!page::accepts("gzip, br;q=0", "br"));
    assert!(!page::accepts("gzip, x-br", "br"));
}

#[test]
fn the_handbook_names_every_command_and_escapes_what_it_shows() {
    let page = handbook::html::page(&chat::openapi::document());
    for command in chat::commands::table() {
        assert!(page.contains(&format!("<article id=\"{}\">", command.name)), "{} is missing", command.name);
    }
    let hostile = serde_json::json!({"components": {"schemas": {"<b>": {"description": "<i> & `<u>`"}}}});
    let page = handbook::html::page(&hostile);
    assert!(page.contains("&lt;i&gt; &amp; <code>&lt;u&gt;</code>"));
    assert!(!page.contains("<i>") && !page.contains("<u>") && !page.contains("<h3><b>"));
}
