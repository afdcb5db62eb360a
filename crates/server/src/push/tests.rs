//! Where pushes may go, and what answers mean.

use super::places::{Place, is_public};
use super::{Post, outcome};
use chat::push::{Carried, Carrier};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::time::Duration;

#[test]
fn only_addresses_of_the_internet_are_public() {
    let public = ["8.8.8.8", "93.184.215.14", "2a00:1450:4001:80f::200e", "64:ff9b::808:808", "::ffff:1.1.1.1"];
    let closed = [
        "127.0.0.1",
        "127.255.255.254",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "192.0.0.8",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "2001::1",
    ];
    for text in public {
        assert!(is_public(text.parse().unwrap()), "{text}");
    }
    for text in closed {
        assert!(!is_public(text.parse().unwrap()), "{text}");
    }
}

#[test]
fn an_endpoint_is_https_and_names_a_host() {
    for text in ["https://push.example/a?b", "https://[2a00::1]:8443/x", "https://8.8.8.8/"] {
        assert!(Place::of(text, false).is_ok(), "{text}");
    }
    let wrong = [
        "http://push.example/",
        "http://127.0.0.1/",
        "ftp://push.example/",
        "https://",
        "https:///x",
        "push.example",
        "/push",
        "",
        "https://user:word@push.example/",
        "https://push.example/a b",
        "file:///etc/passwd",
    ];
    for text in wrong {
        assert!(Place::of(text, false).is_err(), "{text}");
    }
}

#[tokio::test]
async fn what_stands_behind_the_server_is_not_reached_unless_that_is_wished_for() {
    let wary = Post::new(false);
    for text in ["https://127.0.0.1/x", "https://localhost:8443/x", "https://10.0.0.1/", "https://[::1]/", "https://0/"]
    {
        assert!(wary.vet(text).await.is_err(), "{text}");
    }
    let free = Post::new(true);
    for text in ["http://127.0.0.1:9/x", "https://localhost/x", "https://10.0.0.1/"] {
        assert_eq!(free.vet(text).await, Ok(()), "{text}");
    }
    // Without encryption only to this machine.
    assert!(free.vet("http://10.0.0.1/x").await.is_err());
}

#[test]
fn answers_of_push_services() {
    let none = HeaderMap::new();
    assert_eq!(outcome(StatusCode::CREATED, &none), Carried::Taken);
    assert_eq!(outcome(StatusCode::NOT_FOUND, &none), Carried::Gone);
    assert_eq!(outcome(StatusCode::GONE, &none), Carried::Gone);
    assert!(matches!(outcome(StatusCode::FORBIDDEN, &none), Carried::Refused(_)));
    // Nobody is followed to another place.
    assert!(matches!(outcome(StatusCode::TEMPORARY_REDIRECT, &none), Carried::Refused(_)));
    let wait = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("30"))]);
    assert_eq!(outcome(StatusCode::TOO_MANY_REQUESTS, &wait), Carried::Later(Some(Duration::from_secs(30))));
    assert_eq!(outcome(StatusCode::BAD_GATEWAY, &none), Carried::Later(None));
}
