//! What is understood of an address, and what of it is said in an error.

use super::super::Options;
use super::Address;
use tokio_postgres::config::{Host, SslMode};

fn parse(text: &str) -> Result<Address, String> {
    Address::parse(text, &Options::default()).map_err(|error| error.to_string())
}

fn mode(text: &str) -> SslMode {
    parse(text).unwrap().config.get_ssl_mode()
}

#[test]
fn both_forms_are_understood() {
    for text in ["postgres://ada:secret@db.example:5433/parlour", "host=db.example port=5433 user=ada dbname=parlour"] {
        let config = parse(text).unwrap().config;
        assert_eq!(config.get_hosts(), [Host::Tcp("db.example".into())]);
        assert_eq!(
            (config.get_ports(), config.get_user(), config.get_dbname()),
            (&[5433][..], Some("ada"), Some("parlour"))
        );
        assert_eq!(config.get_application_name(), Some("parlour"));
    }
}

#[test]
fn the_modes_of_tls_are_those_of_libpq() {
    assert_eq!(mode("postgres://h/d"), SslMode::Prefer);
    assert_eq!(mode("postgres://h/d?sslmode=disable"), SslMode::Disable);
    assert_eq!(mode("postgres://h/d?sslmode=require&application_name=x"), SslMode::Require);
    assert_eq!(mode("host=h sslmode=require"), SslMode::Require);
    assert!(parse("postgres://h/d?sslmode=perhaps").err().unwrap().contains("perhaps"));
    assert!(
        parse("postgres://h/d?sslmode=verify-full&sslrootcert=/not/there.pem").err().unwrap().contains("not/there")
    );
    assert_eq!(
        parse("postgres://h/d?sslmode=disable&application_name=x").unwrap().config.get_application_name(),
        Some("x")
    );
}

#[test]
fn an_error_does_not_tell_the_password() {
    let error = parse("postgres://ada:secret@h:notaport/d").err().unwrap();
    assert!(error.contains("not understood") && !error.contains("secret"), "{error}");
}
